"""Gray and Scott's model by symnum's fused steps, each over the whole grid before the next begins."""

from functools import partial

from reaction_diffusion_peers import symnum_tool

DISTRIBUTION = None
Tool = partial(symnum_tool.Tool, depth=1)
