"""Common parts of sums: the sums stay what they were, and are cheaper."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from codegen.partial_sums import share_partial_sums
from codegen.tape import TapeBuilder


def shared(sums):
    """Rewritten sums, and what each term means as a list of first terms."""
    meaning = {term: [term] for row in sums for term in row}
    names = {}

    def add(a, b):
        name = names.setdefault((a, b), 1000 + len(names))
        meaning[name] = meaning[a] + meaning[b]
        return name

    return share_partial_sums(sums, add), meaning, len(names)


@given(st.lists(st.sets(st.integers(0, 12), min_size=1), max_size=40))
def test_sums_are_the_same_and_never_dearer(sets):
    sums = [sorted(s) for s in sets]
    rewritten, meaning, added = shared(sums)
    assert [sorted(t for term in row for t in meaning[term]) for row in rewritten] == sums
    before, after = sum(len(s) - 1 for s in sums), sum(len(row) - 1 for row in rewritten)
    assert after + added <= before


def test_a_sub_network_in_many_contexts_is_added_once():
    common = list(range(20))
    rewritten, _, added = shared([[*common, 100 + i] for i in range(10)])
    assert added == 19
    assert all(len(row) == 2 for row in rewritten)


def test_order_of_the_sums_does_not_matter_for_the_cost():
    random = np.random.default_rng(5)
    sums = [sorted(random.choice(30, 12, replace=False).tolist()) for _ in range(60)]
    cost = sum(map(len, shared(sums)[0]))
    assert cost < sum(map(len, sums))
    assert shared(sums)[0] == shared(sums)[0]


def test_a_partial_sum_that_is_a_term_itself_is_not_merged_with_it():
    builder = TapeBuilder()
    a, b, c = (builder.state(i) for i in range(3))
    both = builder.plain_sum((a, b))
    sums = [sorted((a, b, both)), *([sorted((a, b, c))] * 5)]
    rewritten = share_partial_sums(sums, lambda x, y: builder.plain_sum(tuple(sorted((x, y)))))
    assert rewritten[0] == sums[0]
