"""Plans are tested on the sales table."""

from tests.sales_table import profile, runner

__all__ = ["profile", "runner"]
