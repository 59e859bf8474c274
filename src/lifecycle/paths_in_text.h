// What reads as a path below artifacts/ in the text of an event, whatever the field.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace daybook::lifecycle {

// Calls `found` with each path "artifacts/…" in `text`, a line of JSON that may be damaged: all up
// to the end of the string it lies in, but for places whose names have one length, behind which a
// sentence may go on.  A path may come more than once, and may be no more than a mention.
void each_path_in_text(std::string_view text, const std::function<void(std::string path)>& found);

// What stands in JSON from `text` on, up to the quote that ends the string it lies in.
std::string rest_of_string(std::string_view text);

}  // namespace daybook::lifecycle
