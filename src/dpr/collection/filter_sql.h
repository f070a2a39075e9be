// A filter expression as a condition of SQLite's. Nothing of what the user wrote is in its text:
// values and the names of fields are parameters.
#pragma once

#include <string>
#include <vector>

#include "dpr/collection/filter_expression.h"

namespace dpr {

struct FilterSql {
  // Over a row of `passages`: 1 or 0, never NULL.
  std::string condition;
  // Texts. The first is bound to ?1, and so on.
  std::vector<std::string> parameters;
};

FilterSql CompileFilter(const FilterExpression& expression);

}  // namespace dpr
