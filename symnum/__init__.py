"""symnum: write a model as mathematics, compile it to machine code, and integrate it.

Everything public is reached from this one module, usually imported as ``sn``. Names are looked up on first
use, so that ``import symnum`` itself costs milliseconds and loads neither numba nor sympy nor scipy.

Examples
--------
>>> import symnum as sn
>>> x, y = sn.symbols("x y")
>>> sn.differentiate(x**2 * y, x) == 2 * x * y
True
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__symnum__ = True
"""Marks this package as the modelling system's own; see `_refuse_strangers`."""

# Module -> the public names that it defines. A test compares this with the imports for type checkers below.
_PUBLIC: dict[str, str] = {
    "symnum.terms.symbols": "symbols parameters species",
    "symnum.terms.structures": "use_terms term_types",
    "symnum.terms": "pi e",
    "symnum.terms.functions": (
        "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp log sqrt sign floor "
        "ceil minimum maximum mod equal not_equal piecewise sum_of product_of Eq sec csc cot sech "
        "csch coth log2 log10 exp2 expm1 log1p cbrt hypot erf erfc gamma loggamma digamma polygamma "
        "factorial besselj bessely besseli besselk lambertw heaviside asec acsc acot asech acsch acoth sinc "
        "sinint cosint expi exp1 erfi erfinv airyai airyaiprime airybi airybiprime beta"
    ),
    "symnum.terms.parsing": "parse",
    "symnum.terms.convert": "convert",
    "symnum.terms.substitute": "substitute",
    "symnum.terms.evaluate": "evaluate",
    "symnum.terms.expand": "expand",
    "symnum.terms.collect": "collect",
    "symnum.terms.differentiate": "differentiate",
    "symnum.terms.jacobian": "jacobian SparseJacobian",
    "symnum.terms.cse": "cse",
    "symnum.terms.printing.latex": "latex",
    "symnum.terms.printing.unicode": "pretty",
    "symnum.terms.traverse": "free_symbols postorder",
    "symnum.terms.domains": "is_real is_positive is_nonnegative is_nonzero is_integer",
    "symnum.terms.interface": (
        "is_expr is_call is_symbol head children operation arguments sorted_arguments metadata make_term"
    ),
    "symnum.terms.canonical": "Term Symbol Constant Sum Product Call",
    "symnum.terms.tree": "Tree",
    "symnum.terms.user_functions": "register_function UserFunction",
    "rewriters.rules": "rule Rule",
    "rewriters.ruleset": "ruleset read_rules Ruleset",
    "rewriters.ruleset_file": "read_ruleset",
    "rewriters.ruleset_check": "check_ruleset RuleCheck RulesetCheck",
    "rewriters.rulesets": "rulesets",
    "rewriters.patterns": "slots segments",
    "rewriters.predicates": "register_predicate",
    "rewriters.combinators": "Empty Chain RestartedChain If IfElse Prewalk Postwalk Fixpoint PassThrough",
    "rewriters.rewrite": "rewrite Rewritten RewriteReport",
    "rewriters.egraph.prove": "prove_equal Proof",
    "rewriters.egraph.costs": "CostModel cost_models register_cost_model",
    "symnum.terms.hessian": "hessian SparseHessian",
    "symnum.terms.directional": "directional_derivative",
    "symnum.terms.taylor": "taylor",
    "symnum.terms.linear": "linear_coefficients solve_linear",
    "symnum.terms.determinant": "determinant",
    "symnum.terms.lu": "lu",
    "rewriters.simplification.simplify": "simplify",
    "rewriters.simplification.factor": "factor",
    "rewriters.simplification.cancel": "cancel",
    "rewriters.simplification.apart": "apart",
    "rewriters.simplification.together": "together",
    "rewriters.simplification.trigsimp": "trigsimp",
    "rewriters.simplification.powsimp": "powsimp",
    "rewriters.simplification.logcombine": "logcombine",
    "symnum.terms.inspection": "inspect pluck",
    "symnum.terms.trace": "array TermArray",
    "symnum.systems.implicit": "D",
    "symnum.systems.ode": "ODESystem",
    "symnum.systems.remove_conserved": "remove_conserved",
    "symnum.systems.jump": "JumpSystem",
    "symnum.systems.sde": "SDESystem",
    "symnum.models.reaction_network": "reaction_network reaction Reaction ReactionNetwork",
    "symnum.models.network_structure.structure": "NetworkStructure",
    "symnum.models.network_graphs.graph": "NetworkGraph",
    "symnum.models.stencil_trace.door": "trace",
    "symnum.models.stencil_trace.model": "TracedModel",
    "symnum.models.rate_laws": "mm mmr hill hillr hillar",
    "symnum.models.ode_model": "ODEModel",
    "symnum.models.ode_system": "ode_system",
    "symnum.models.sde_system": "sde_system",
    "symnum.models.reaction_diffusion.make_model": "reaction_diffusion",
    "symnum.models.reaction_diffusion.model": "ReactionDiffusionModel",
    "symnum.models.reaction_diffusion.grid": "Grid",
    "symnum.models.reaction_diffusion.operators": (
        "fields laplacian bilaplacian gradient divergence vector dot gradient_squared diffusion advection integral mean"
    ),
    "symnum.models.reaction_diffusion.boundary": "dirichlet neumann robin periodic",
    "symnum.models.reaction_diffusion.noise": "normal_noise uniform_noise",
    "symnum.models.read_model": "read_model",
    "symnum.simulators.build": "build_simulator",
    "symnum.simulators.simulator": "Simulator",
    "symnum.simulators.solution": "Solution",
    "symnum.simulators.cuda.simulator": "CudaSimulator",
    "symnum.simulators.fields.simulator": "FieldSimulator",
    "symnum.simulators.fields.solution": "FieldSolution",
    "symnum.simulators.stochastic.simulator": "StochasticSimulator",
    "symnum.simulators.stochastic.langevin": "LangevinSimulator",
    "symnum.simulators.stochastic.solution": "JumpSolution",
    "symnum.simulators.stochastic.ensembles.ensemble": "Ensemble",
    "symnum.simulators.event_table": "EventTable EventRecord",
    "symnum.systems.events": "event discontinuity Event",
    "symnum.simulators.generate": "generate",
    "symnum.integrators.status": "Status",
    "symnum.laboratory.calibrate": "calibrate Calibration",
    "symnum.laboratory.benchmark": "benchmark_rulesets",
    "symnum.laboratory.results": "RulesetBenchmark",
    "symnum.laboratory.corpora": "Corpus corpora register_corpus",
}

# Subpackages and modules reached as attributes: public name -> module.
_MODULES: dict[str, str] = {
    "errors": "symnum.errors",
    "terms": "symnum.terms",
    "via_sympy": "symnum.terms.via_sympy",
    "systems": "symnum.systems",
    "integrators": "symnum.integrators",
    "simulators": "symnum.simulators",
    "track": "symnum.simulators.fields.trackers.track",
    "models": "symnum.models",
    "laboratory": "symnum.laboratory",
    "rewriters": "rewriters",
    "codegen": "codegen",
}

_HOME: dict[str, str] = {name: module for module, names in _PUBLIC.items() for name in names.split()}

__all__ = sorted([*_HOME, *_MODULES, "__version__"])  # noqa: PLE0605 - built from the tables, so it cannot go stale


def _folder_above(init_file: str) -> str:
    """Return the folder that holds the package of this ``__init__.py`` (pathlib would take 5 ms to load)."""
    return init_file.rpartition(os.sep)[0].rpartition(os.sep)[0]


def _refuse_strangers() -> None:
    """Raise when a package named ``rewriters`` or ``codegen`` that is not symnum's would be imported.

    Looking for the file is enough in every ordinary installation, where the three packages are neighbours;
    only when they are not is the other package imported and its marker read.
    """
    from importlib.util import find_spec

    home = _folder_above(__file__)
    for name in ("rewriters", "codegen"):
        loaded = sys.modules.get(name)
        if loaded is not None:
            origin, ours = loaded.__file__, hasattr(loaded, "__symnum__")
        else:
            spec = find_spec(name)
            origin = spec.origin if spec is not None else None
            ours = origin is not None and _folder_above(origin) == home
            ours = ours or (origin is not None and hasattr(importlib.import_module(name), "__symnum__"))
        if not ours:
            from symnum.errors import ShadowedPackageError

            raise ShadowedPackageError(name, origin, home)


if not TYPE_CHECKING:  # type checkers read the imports below instead, and so report names that do not exist

    def __getattr__(name):
        """Import a public name on first use and keep it."""
        if name in _MODULES:
            value = importlib.import_module(_MODULES[name])
        elif name in _HOME:
            value = getattr(importlib.import_module(_HOME[name]), name)
        else:
            from symnum.errors import suggest

            hint = "" if name.startswith("_") else suggest(name, __all__)
            raise AttributeError(f'symnum has no public name "{name}".{hint}')
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, imported already or not."""
    return list(__all__)


if TYPE_CHECKING:
    import codegen as codegen
    import rewriters as rewriters
    from rewriters.combinators import Chain as Chain
    from rewriters.combinators import Empty as Empty
    from rewriters.combinators import Fixpoint as Fixpoint
    from rewriters.combinators import If as If
    from rewriters.combinators import IfElse as IfElse
    from rewriters.combinators import PassThrough as PassThrough
    from rewriters.combinators import Postwalk as Postwalk
    from rewriters.combinators import Prewalk as Prewalk
    from rewriters.combinators import RestartedChain as RestartedChain
    from rewriters.egraph.costs import CostModel as CostModel
    from rewriters.egraph.costs import cost_models as cost_models
    from rewriters.egraph.costs import register_cost_model as register_cost_model
    from rewriters.egraph.prove import Proof as Proof
    from rewriters.egraph.prove import prove_equal as prove_equal
    from rewriters.patterns import segments as segments
    from rewriters.patterns import slots as slots
    from rewriters.predicates import register_predicate as register_predicate
    from rewriters.rewrite import RewriteReport as RewriteReport
    from rewriters.rewrite import Rewritten as Rewritten
    from rewriters.rewrite import rewrite as rewrite
    from rewriters.rules import Rule as Rule
    from rewriters.rules import rule as rule
    from rewriters.ruleset import Ruleset as Ruleset
    from rewriters.ruleset import read_rules as read_rules
    from rewriters.ruleset import ruleset as ruleset
    from rewriters.ruleset_check import RuleCheck as RuleCheck
    from rewriters.ruleset_check import RulesetCheck as RulesetCheck
    from rewriters.ruleset_check import check_ruleset as check_ruleset
    from rewriters.ruleset_file import read_ruleset as read_ruleset
    from rewriters.rulesets import rulesets as rulesets
    from rewriters.simplification.apart import apart as apart
    from rewriters.simplification.cancel import cancel as cancel
    from rewriters.simplification.factor import factor as factor
    from rewriters.simplification.logcombine import logcombine as logcombine
    from rewriters.simplification.powsimp import powsimp as powsimp
    from rewriters.simplification.simplify import simplify as simplify
    from rewriters.simplification.together import together as together
    from rewriters.simplification.trigsimp import trigsimp as trigsimp
    from symnum import errors as errors
    from symnum import integrators as integrators
    from symnum import laboratory as laboratory
    from symnum import models as models
    from symnum import simulators as simulators
    from symnum import systems as systems
    from symnum import terms as terms
    from symnum.integrators.status import Status as Status
    from symnum.laboratory.benchmark import benchmark_rulesets as benchmark_rulesets
    from symnum.laboratory.calibrate import Calibration as Calibration
    from symnum.laboratory.calibrate import calibrate as calibrate
    from symnum.laboratory.corpora import Corpus as Corpus
    from symnum.laboratory.corpora import corpora as corpora
    from symnum.laboratory.corpora import register_corpus as register_corpus
    from symnum.laboratory.results import RulesetBenchmark as RulesetBenchmark
    from symnum.models.network_graphs.graph import NetworkGraph as NetworkGraph
    from symnum.models.network_structure.structure import NetworkStructure as NetworkStructure
    from symnum.models.ode_model import ODEModel as ODEModel
    from symnum.models.ode_system import ode_system as ode_system
    from symnum.models.rate_laws import hill as hill
    from symnum.models.rate_laws import hillar as hillar
    from symnum.models.rate_laws import hillr as hillr
    from symnum.models.rate_laws import mm as mm
    from symnum.models.rate_laws import mmr as mmr
    from symnum.models.reaction_diffusion.boundary import dirichlet as dirichlet
    from symnum.models.reaction_diffusion.boundary import neumann as neumann
    from symnum.models.reaction_diffusion.boundary import periodic as periodic
    from symnum.models.reaction_diffusion.boundary import robin as robin
    from symnum.models.reaction_diffusion.grid import Grid as Grid
    from symnum.models.reaction_diffusion.make_model import reaction_diffusion as reaction_diffusion
    from symnum.models.reaction_diffusion.model import ReactionDiffusionModel as ReactionDiffusionModel
    from symnum.models.reaction_diffusion.noise import normal_noise as normal_noise
    from symnum.models.reaction_diffusion.noise import uniform_noise as uniform_noise
    from symnum.models.reaction_diffusion.operators import advection as advection
    from symnum.models.reaction_diffusion.operators import bilaplacian as bilaplacian
    from symnum.models.reaction_diffusion.operators import diffusion as diffusion
    from symnum.models.reaction_diffusion.operators import divergence as divergence
    from symnum.models.reaction_diffusion.operators import dot as dot
    from symnum.models.reaction_diffusion.operators import fields as fields
    from symnum.models.reaction_diffusion.operators import gradient as gradient
    from symnum.models.reaction_diffusion.operators import gradient_squared as gradient_squared
    from symnum.models.reaction_diffusion.operators import integral as integral
    from symnum.models.reaction_diffusion.operators import laplacian as laplacian
    from symnum.models.reaction_diffusion.operators import mean as mean
    from symnum.models.reaction_diffusion.operators import vector as vector
    from symnum.models.reaction_network import Reaction as Reaction
    from symnum.models.reaction_network import ReactionNetwork as ReactionNetwork
    from symnum.models.reaction_network import reaction as reaction
    from symnum.models.reaction_network import reaction_network as reaction_network
    from symnum.models.read_model import read_model as read_model
    from symnum.models.sde_system import sde_system as sde_system
    from symnum.models.stencil_trace.door import trace as trace
    from symnum.models.stencil_trace.model import TracedModel as TracedModel
    from symnum.simulators.build import build_simulator as build_simulator
    from symnum.simulators.cuda.simulator import CudaSimulator as CudaSimulator
    from symnum.simulators.event_table import EventRecord as EventRecord
    from symnum.simulators.event_table import EventTable as EventTable
    from symnum.simulators.fields.simulator import FieldSimulator as FieldSimulator
    from symnum.simulators.fields.solution import FieldSolution as FieldSolution
    from symnum.simulators.fields.trackers import track as track
    from symnum.simulators.generate import generate as generate
    from symnum.simulators.simulator import Simulator as Simulator
    from symnum.simulators.solution import Solution as Solution
    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble as Ensemble
    from symnum.simulators.stochastic.langevin import LangevinSimulator as LangevinSimulator
    from symnum.simulators.stochastic.simulator import StochasticSimulator as StochasticSimulator
    from symnum.simulators.stochastic.solution import JumpSolution as JumpSolution
    from symnum.systems.events import Event as Event
    from symnum.systems.events import discontinuity as discontinuity
    from symnum.systems.events import event as event
    from symnum.systems.implicit import D as D
    from symnum.systems.jump import JumpSystem as JumpSystem
    from symnum.systems.ode import ODESystem as ODESystem
    from symnum.systems.remove_conserved import remove_conserved as remove_conserved
    from symnum.systems.sde import SDESystem as SDESystem
    from symnum.terms import e as e
    from symnum.terms import pi as pi
    from symnum.terms import via_sympy as via_sympy
    from symnum.terms.canonical import Call as Call
    from symnum.terms.canonical import Constant as Constant
    from symnum.terms.canonical import Product as Product
    from symnum.terms.canonical import Sum as Sum
    from symnum.terms.canonical import Symbol as Symbol
    from symnum.terms.canonical import Term as Term
    from symnum.terms.collect import collect as collect
    from symnum.terms.convert import convert as convert
    from symnum.terms.cse import cse as cse
    from symnum.terms.determinant import determinant as determinant
    from symnum.terms.differentiate import differentiate as differentiate
    from symnum.terms.directional import directional_derivative as directional_derivative
    from symnum.terms.domains import is_integer as is_integer
    from symnum.terms.domains import is_nonnegative as is_nonnegative
    from symnum.terms.domains import is_nonzero as is_nonzero
    from symnum.terms.domains import is_positive as is_positive
    from symnum.terms.domains import is_real as is_real
    from symnum.terms.evaluate import evaluate as evaluate
    from symnum.terms.expand import expand as expand
    from symnum.terms.functions import Eq as Eq
    from symnum.terms.functions import acos as acos
    from symnum.terms.functions import acosh as acosh
    from symnum.terms.functions import acot as acot
    from symnum.terms.functions import acoth as acoth
    from symnum.terms.functions import acsc as acsc
    from symnum.terms.functions import acsch as acsch
    from symnum.terms.functions import airyai as airyai
    from symnum.terms.functions import airyaiprime as airyaiprime
    from symnum.terms.functions import airybi as airybi
    from symnum.terms.functions import airybiprime as airybiprime
    from symnum.terms.functions import asec as asec
    from symnum.terms.functions import asech as asech
    from symnum.terms.functions import asin as asin
    from symnum.terms.functions import asinh as asinh
    from symnum.terms.functions import atan as atan
    from symnum.terms.functions import atan2 as atan2
    from symnum.terms.functions import atanh as atanh
    from symnum.terms.functions import besseli as besseli
    from symnum.terms.functions import besselj as besselj
    from symnum.terms.functions import besselk as besselk
    from symnum.terms.functions import bessely as bessely
    from symnum.terms.functions import beta as beta
    from symnum.terms.functions import cbrt as cbrt
    from symnum.terms.functions import ceil as ceil
    from symnum.terms.functions import cos as cos
    from symnum.terms.functions import cosh as cosh
    from symnum.terms.functions import cosint as cosint
    from symnum.terms.functions import cot as cot
    from symnum.terms.functions import coth as coth
    from symnum.terms.functions import csc as csc
    from symnum.terms.functions import csch as csch
    from symnum.terms.functions import digamma as digamma
    from symnum.terms.functions import equal as equal
    from symnum.terms.functions import erf as erf
    from symnum.terms.functions import erfc as erfc
    from symnum.terms.functions import erfi as erfi
    from symnum.terms.functions import erfinv as erfinv
    from symnum.terms.functions import exp as exp
    from symnum.terms.functions import exp1 as exp1
    from symnum.terms.functions import exp2 as exp2
    from symnum.terms.functions import expi as expi
    from symnum.terms.functions import expm1 as expm1
    from symnum.terms.functions import factorial as factorial
    from symnum.terms.functions import floor as floor
    from symnum.terms.functions import gamma as gamma
    from symnum.terms.functions import heaviside as heaviside
    from symnum.terms.functions import hypot as hypot
    from symnum.terms.functions import lambertw as lambertw
    from symnum.terms.functions import log as log
    from symnum.terms.functions import log1p as log1p
    from symnum.terms.functions import log2 as log2
    from symnum.terms.functions import log10 as log10
    from symnum.terms.functions import loggamma as loggamma
    from symnum.terms.functions import maximum as maximum
    from symnum.terms.functions import minimum as minimum
    from symnum.terms.functions import mod as mod
    from symnum.terms.functions import not_equal as not_equal
    from symnum.terms.functions import piecewise as piecewise
    from symnum.terms.functions import polygamma as polygamma
    from symnum.terms.functions import product_of as product_of
    from symnum.terms.functions import sec as sec
    from symnum.terms.functions import sech as sech
    from symnum.terms.functions import sign as sign
    from symnum.terms.functions import sin as sin
    from symnum.terms.functions import sinc as sinc
    from symnum.terms.functions import sinh as sinh
    from symnum.terms.functions import sinint as sinint
    from symnum.terms.functions import sqrt as sqrt
    from symnum.terms.functions import sum_of as sum_of
    from symnum.terms.functions import tan as tan
    from symnum.terms.functions import tanh as tanh
    from symnum.terms.hessian import SparseHessian as SparseHessian
    from symnum.terms.hessian import hessian as hessian
    from symnum.terms.inspection import inspect as inspect
    from symnum.terms.inspection import pluck as pluck
    from symnum.terms.interface import arguments as arguments
    from symnum.terms.interface import children as children
    from symnum.terms.interface import head as head
    from symnum.terms.interface import is_call as is_call
    from symnum.terms.interface import is_expr as is_expr
    from symnum.terms.interface import is_symbol as is_symbol
    from symnum.terms.interface import make_term as make_term
    from symnum.terms.interface import metadata as metadata
    from symnum.terms.interface import operation as operation
    from symnum.terms.interface import sorted_arguments as sorted_arguments
    from symnum.terms.jacobian import SparseJacobian as SparseJacobian
    from symnum.terms.jacobian import jacobian as jacobian
    from symnum.terms.linear import linear_coefficients as linear_coefficients
    from symnum.terms.linear import solve_linear as solve_linear
    from symnum.terms.lu import lu as lu
    from symnum.terms.parsing import parse as parse
    from symnum.terms.printing.latex import latex as latex
    from symnum.terms.printing.unicode import pretty as pretty
    from symnum.terms.structures import term_types as term_types
    from symnum.terms.structures import use_terms as use_terms
    from symnum.terms.substitute import substitute as substitute
    from symnum.terms.symbols import parameters as parameters
    from symnum.terms.symbols import species as species
    from symnum.terms.symbols import symbols as symbols
    from symnum.terms.taylor import taylor as taylor
    from symnum.terms.trace import TermArray as TermArray
    from symnum.terms.trace import array as array
    from symnum.terms.traverse import free_symbols as free_symbols
    from symnum.terms.traverse import postorder as postorder
    from symnum.terms.tree import Tree as Tree
    from symnum.terms.user_functions import UserFunction as UserFunction
    from symnum.terms.user_functions import register_function as register_function

_refuse_strangers()
