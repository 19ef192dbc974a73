"""Whether two cells are one: the correspondence of their parameters, its proof, or the difference.

```
cells ──► forms ──► embedding (search) ──► proving ──► report
                └──► guessing ──────────┘      └──► explaining
```
"""

from symlstm.verification.equality.deciding import equal
from symlstm.verification.equality.report import Composition, EqualityReport, Specialisation

__all__ = ["Composition", "EqualityReport", "Specialisation", "equal"]
