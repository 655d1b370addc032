"""The HTML report in a real browser: no error, no request, plots with points, sorting tables, names that stay text."""

import pytest

import symnum as sn
from tests.laboratory.browser import Browser

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>&amp;\"${'"


@pytest.fixture(scope="module")
def result():
    """Measured for the most part; names and failures are what a hostile file could bring."""
    x, y, z = sn.symbols("x y z", domain="positive")
    pieces = [
        sn.laboratory.Piece(HOSTILE, (x * y + x * z + x,)),
        sn.laboratory.Piece("second", (x**3 * y + x**3 * z - x**3,)),
        sn.laboratory.Piece("third", (x * y * z + x * y + y * z * z,)),
        sn.laboratory.Piece("already short", (x + y,)),
    ]
    rules = sn.ruleset("~a*~b + ~a*~c => ~a*(~b + ~c)", name="mine <b>bold</b>")
    unsound = sn.ruleset("~a + ~b => ~a*~b", name="unsound")
    return sn.benchmark_rulesets(pieces, ["factor", rules, unsound], ["classical", "none"], repeats=3)


@pytest.fixture(scope="module")
def page(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    result.to_html(path)
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_page_opens_without_error_or_request(browser, page, result, width, dark):
    browser.open(page, width, 800, dark)
    assert browser.errors == []
    assert browser.requests == [page.as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width
    drawn = browser.run("[...document.querySelectorAll('.plot')].map(p => p.querySelectorAll('.point').length)")
    changed = sum(r["changed"] and r["measured_gain"] is not None for r in result.records())
    measured = sum(r["measured_gain"] is not None for r in result.records())
    assert changed >= 3
    assert drawn == [changed, changed, measured]


@pytest.mark.parametrize("width", [1280, 390])
def test_marks_lie_inside_their_plots_and_texts_apart(browser, page, width):
    browser.open(page, width)
    outside = browser.run(
        """[...document.querySelectorAll('.plot svg')].flatMap(svg => {
          const f = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('.point, text')].map(m => m.getBoundingClientRect())
            .filter(r => r.left < f.left - 1 || r.right > f.right + 1 || r.top < f.top - 1 || r.bottom > f.bottom + 1)
        }).length"""
    )
    assert outside == 0
    overlapping = browser.run(
        """[...document.querySelectorAll('.plot svg')].flatMap(svg => {
          const boxes = [...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect());
          return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b =>
            a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom))
        }).length"""
    )
    assert overlapping == 0


def test_tables_sort(browser, page):
    browser.open(page)
    column = """(k) => [...document.querySelectorAll('#records tbody tr')].map(r => r.cells[k])
                 .map(c => c.dataset.v === undefined ? c.textContent : Number(c.dataset.v))"""
    heads = browser.run("[...document.querySelectorAll('#records th')].map(h => h.textContent)")
    for name in ("predicted", "run time", "piece"):
        place = heads.index(name)
        click = f"document.querySelectorAll('#records th button')[{place}].click()"
        browser.run(click)
        up = browser.run(f"({column})({place})")
        state = browser.run(f"document.querySelectorAll('#records th')[{place}].getAttribute('aria-sort')")
        browser.run(click)
        down = browser.run(f"({column})({place})")
        numbers = [v for v in up if not isinstance(v, str)]
        assert state == "ascending"
        assert numbers == sorted(numbers)
        assert [v for v in down if not isinstance(v, str)] == sorted(numbers, reverse=True)
        assert sorted(map(str, up)) == sorted(map(str, down))
        if name == "piece":
            assert up[0] != down[0]
    assert browser.errors == []


def test_legend_hides_and_filter_filters(browser, page):
    browser.open(page)
    points = "document.querySelectorAll('#plot-gains .point').length"
    before = browser.run(points)
    browser.run("document.querySelector('#legend button').click()")
    assert 0 < browser.run(points) < before
    assert browser.run("document.querySelector('#legend button').getAttribute('aria-pressed')") == "false"
    browser.run("[...document.querySelectorAll('#legend button')].slice(1).forEach(b => b.click())")
    assert browser.run("document.querySelectorAll('.plot .empty').length") == 3
    browser.run("document.getElementById('filter').value = 'second classical'")
    browser.run("document.getElementById('filter').dispatchEvent(new Event('input')) && null")
    rows = "[...document.querySelectorAll('#records tbody tr')].filter(r => !r.hidden)"
    shown = browser.run(f"{rows}.map(r => r.cells[0].textContent)")
    assert shown == ["second"] * 3
    assert browser.errors == []


def test_pointer_and_arrow_keys_show_what_a_mark_is(browser, page):
    browser.open(page)
    browser.run("document.querySelector('#plot-predicted').scrollIntoView()")
    x, y = browser.run(
        """(m => { const r = m.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2] })
           (document.querySelector('#plot-predicted .point'))"""
    )
    browser.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    assert "predicted" in browser.run("document.getElementById('tip').textContent")
    assert browser.run("document.getElementById('tip').hidden") is False
    browser.run("document.querySelector('#plot-gains svg').focus()")
    browser.ask("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight")
    assert "measured" in browser.run("document.getElementById('tip').textContent")


def test_names_stay_text(browser, page):
    browser.open(page)
    assert browser.run("window.hacked === undefined")
    assert browser.run("document.images.length + document.querySelectorAll('main b').length") == 0
    cells = browser.run("[...document.querySelectorAll('#records tbody tr')].map(r => r.cells[0].textContent)")
    assert HOSTILE in cells
    first = browser.run("[...document.querySelectorAll('#legend button')].map(b => b.textContent)")
    assert "mine <b>bold</b>" in first


def test_failures_are_told(browser, page, result):
    browser.open(page)
    failed = browser.run("[...document.querySelectorAll('#failed tbody tr')].map(r => r.textContent)")
    assert len(failed) == len(result.failures()) > 0
    assert all("wrong value" in text for text in failed)


def test_a_report_of_nothing_measured_opens(browser, tmp_path):
    (x,) = sn.symbols(["x"])
    sn.benchmark_rulesets([x**2 + 1], "none", "classical", repeats=0).to_html(tmp_path / "empty.html")
    browser.open(tmp_path / "empty.html")
    assert browser.errors == []
    assert browser.run("document.querySelectorAll('.plot .empty').length") == 3


def test_page_names_no_other_place(page):
    text = page.read_text(encoding="utf-8")
    assert "http://www.w3.org/2000/svg" in text  # a name, no address
    assert text.count("http") == 1
