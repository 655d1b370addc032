"""Cost models: what evaluating terms costs, for extraction and for reports."""

from rewriters.egraph.costs.model import CostModel
from rewriters.egraph.costs.registry import cost_models, get_cost_model, register_cost_model

__all__ = ["CostModel", "cost_models", "get_cost_model", "register_cost_model"]
