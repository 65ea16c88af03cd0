"""Write the golden files again."""

from tests.suite.golden import write

write()
