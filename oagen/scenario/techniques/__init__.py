"""The bundled techniques, in the order in which they are asked."""

from oagen.scenario.techniques.challenge import Unauthenticated
from oagen.scenario.techniques.conditional import ConditionalRead, FalsePrecondition, MissingPrecondition
from oagen.scenario.techniques.conflict import Conflict
from oagen.scenario.techniques.forbidden import Forbidden
from oagen.scenario.techniques.gone import Gone
from oagen.scenario.techniques.meaning import RefusedMeaning
from oagen.scenario.techniques.missing import UnknownIdentifier
from oagen.scenario.techniques.named_example import NamedExample
from oagen.scenario.techniques.negotiation import UnacceptableType, UndocumentedMethod, UnsupportedType
from oagen.scenario.techniques.oversize import Oversize
from oagen.scenario.techniques.pressure import Burst
from oagen.scenario.techniques.ranges import Ranges
from oagen.scenario.techniques.redirect import Redirect
from oagen.scenario.techniques.refused_input import RefusedInput
from oagen.scenario.techniques.state import NamedState
from oagen.scenario.techniques.success import Success

SINGLE = (
    Success(),
    Redirect(),
    ConditionalRead(),
    NamedExample(),
    RefusedMeaning(),
    RefusedInput(),
    Unauthenticated(),
    Forbidden(),
    UnknownIdentifier(),
    UndocumentedMethod(),
    UnacceptableType(),
    Conflict(),
    Gone(),
    FalsePrecondition(),
    MissingPrecondition(),
    Oversize(),
    UnsupportedType(),
    Burst(),
)
"""Those that aim at one status code."""

LAST_RESORT = NamedState()
BUNDLED = (*SINGLE, Ranges(SINGLE, LAST_RESORT))
