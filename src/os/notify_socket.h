// Telling the one who started this process how it is doing: the datagrams of sd_notify(3).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::os {

// Sends `text` to the socket at `address`: a path, or a name after '@' that is not in the file
// system.  Never waits.
Status send_datagram(const std::string& address, std::string_view text);

}  // namespace daybook::os
