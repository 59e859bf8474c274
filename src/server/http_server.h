// HTTP for the daemon: loads the library that knows it, and listens.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/http.h"

namespace daybook::server {

struct HttpAddress {
    std::string host;
    int port = 0;
    bool operator==(const HttpAddress&) const = default;

    // Only this machine can reach it.
    bool is_loopback() const;
    // "http://127.0.0.1:7723"
    std::string url() const;
};

// "HOST:PORT", "[::1]:PORT" or ":PORT", which is that of this machine alone.
Result<HttpAddress> parse_address(std::string_view text);

// Whether a Host header names this machine as only itself knows it: localhost, 127.…, [::1], with a
// port or without, or nothing.  A web page that has made its own name point here is not answered.
bool is_local_host(std::string_view host);

// Where libdaybook_http.so is looked for, in order.
std::vector<std::string> http_library_candidates();

// kUnsupported: the library cannot be loaded; kBusy: the address is taken.
Result<std::unique_ptr<HttpListener>> listen_http(const HttpListenerOptions& options);

}  // namespace daybook::server
