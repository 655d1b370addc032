"""``symnum methods``: every method of the registry, as a table and as an object."""

import json

from symnum import cli
from symnum.integrators.registry import METHODS


def test_table(capsys):
    assert cli.main(["methods"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(METHODS)


def test_json(capsys):
    assert cli.main(["methods", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert list(facts) == list(METHODS)
    assert facts["rodas5p"]["properties"]["L-stable"] is True
    assert facts["ndf"]["orders"] == [1, 2, 3, 4, 5]
    assert all(entry["reference"] and entry["suits"] for entry in facts.values())
