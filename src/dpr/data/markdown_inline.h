// The inline part of Markdown: emphasis, code, links, images, tags, entities.
#pragma once

#include <string>
#include <string_view>

namespace dpr {

// Appends what a reader would see of one paragraph. Time and memory are linear in its size.
void AppendInline(std::string_view paragraph, std::string& text);

}  // namespace dpr
