// The style sheet and the script of a page, as they stand in it. Internal to `report`.
#pragma once

#include <string>

namespace dpr {

// Has no '<' and no '&', so that it means the same to readers of HTML and of XML.
std::string HtmlStyle();
// Shows the values of a chart's lines under the pointer. It reads them off the drawing, whose scale
// is in the <svg> element's data-x ("LOWEST HIGHEST LEFT RIGHT whole|real") and data-y ("LOWEST
// HIGHEST BOTTOM TOP log|linear"), so that no value is on the page twice.
std::string HtmlScript();

}  // namespace dpr
