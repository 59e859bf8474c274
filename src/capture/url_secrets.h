// Secrets within URLs.
#pragma once

#include <string>
#include <string_view>

namespace daybook::capture {

// `text` with what is secret in the URLs that it holds as ***.
std::string mask_urls(std::string_view text);

}  // namespace daybook::capture
