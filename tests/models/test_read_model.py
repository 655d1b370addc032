"""Telling formats apart, and refusing foreign ones by name."""

import pytest

import symnum as sn
from symnum.errors import InputError, ParseError, UnsupportedError
from symnum.models.ode_model import ODEModel
from symnum.models.reaction_network import ReactionNetwork
from tests.models.small_network import SMALL

NETWORK = "k, A --> B\nparameters: k = 1\ninitial: A = 10, B = 0\n"
EQUATIONS = "D(x) = -k*x\nparameters: k = 1\ninitial: x = 1\n"


def write(folder, name, text):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("m.net", SMALL, ReactionNetwork),
        ("m.txt", SMALL, ReactionNetwork),
        ("m.rn", NETWORK, ReactionNetwork),
        ("m.txt", NETWORK, ReactionNetwork),
        ("m", NETWORK, ReactionNetwork),
        ("m.ode", EQUATIONS, ODEModel),
        ("m.txt", EQUATIONS, ODEModel),
        ("m.txt", "dx/dt = -x", ODEModel),
        ("m.txt", "x' = -x", ODEModel),
        ("m.rn", "\ufeff" + NETWORK, ReactionNetwork),
    ],
)
def test_formats(tmp_path, name, text, kind):
    model = sn.read_model(write(tmp_path, name, text))
    assert type(model) is kind
    assert model.name == "m"


def test_content_is_the_same_as_from_text(tmp_path):
    assert sn.read_model(write(tmp_path, "a.rn", NETWORK)) == sn.reaction_network(NETWORK)
    assert sn.read_model(str(write(tmp_path, "a.ode", EQUATIONS)), name="b") == sn.ode_system(EQUATIONS)


@pytest.mark.parametrize(
    ("text", "looks_like"),
    [
        (
            '<?xml version="1.0"?>\n<sbml xmlns="http://www.sbml.org/sbml/level2" level="2"><model/></sbml>',
            "SBML",
        ),
        (
            (
                '<?xml version="1.0"?>\n<!-- Created by BioNetGen -->\n'
                '<sbml xmlns="http://www.sbml.org/sbml/level3"><model id="x"><ListOfParameters/></model></sbml>'
            ),
            "BioNetGen XML",
        ),
        ('<sbml><model id="m"><ListOfMoleculeTypes></ListOfMoleculeTypes></model></sbml>', "BioNetGen XML"),
        ("<html><body>404</body></html>", "XML"),
        ("begin model\nbegin seed species\nA() 1\nend seed species\nend model\n", "rule file"),
        ('{"species": []}', "JSON"),
        ("hello world", "no format"),
        ("", "no format"),
    ],
)
@pytest.mark.parametrize("name", ["m.xml", "m.txt"])
def test_foreign_formats(tmp_path, text, looks_like, name):
    with pytest.raises(UnsupportedError, match=looks_like):
        sn.read_model(write(tmp_path, name, text))


def test_a_foreign_format_under_our_extension(tmp_path):
    with pytest.raises(UnsupportedError, match="SBML"):
        sn.read_model(write(tmp_path, "m.net", '<sbml xmlns="x"/>'))


def test_missing_and_unreadable(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        sn.read_model(tmp_path / "absent.net")
    with pytest.raises(InputError, match="cannot be read"):
        sn.read_model(tmp_path)
    (tmp_path / "m.rn").write_bytes(b"k, A --> B\n\0")
    with pytest.raises(ParseError, match=r"m\.rn, line 2.*NUL"):
        sn.read_model(tmp_path / "m.rn")


def test_place_of_errors_in_our_own_form(tmp_path):
    with pytest.raises(ParseError, match=r"m\.rn, line 2, column 4"):
        sn.read_model(write(tmp_path, "m.rn", "k, A --> B\nk, A B\n"))
