// Lists of ids that stand beside vectors, row i's id being the i-th: DPR's index_meta, a pickled
// list of texts or whole numbers; or a text file with an id a line, as Pyserini's `docid`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "dpr/base/file.h"

namespace dpr {

// Memory does not grow with the list. An empty id, or an item that is none, is kInvalid with its
// line or number; what pickles are refused for: base/pickle.h. The view is valid during the call.
void ForEachId(const Path& list, const std::function<void(std::string_view id)>& visit);

// Can ForEachId read the id from a line as it is?
bool IsOneLine(std::string_view id);

}  // namespace dpr
