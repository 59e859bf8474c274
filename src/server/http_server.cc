#include "server/http_server.h"

#include <dlfcn.h>

#include <charconv>

#include <fmt/format.h>

namespace daybook::server {
namespace {

constexpr int kPortMax = 65'535;

// Loaded once, and never unloaded: its threads may be in it.
Result<HttpListenFunction> load() {
    std::string tried;
    for (const std::string& path : http_library_candidates()) {
        void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) {
            const char* const reason = ::dlerror();
            tried += fmt::format("\n  {}", reason != nullptr ? reason : path.c_str());
            continue;
        }
        const auto* const found =
            static_cast<const HttpListenFunction*>(::dlsym(library, kHttpListenSymbol));
        if (found != nullptr) return *found;
        tried += fmt::format("\n  {}: it lacks {}", path, kHttpListenSymbol);
    }
    return fail(ErrorCode::kUnsupported,
                "load libdaybook_http.so: it was not found; put it beside the program, or start "
                "with --no-http. Tried:{}",
                tried);
}

}  // namespace

bool HttpAddress::is_loopback() const {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string HttpAddress::url() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("http://[{}]:{}", host, port)
                 : fmt::format("http://{}:{}", host, port);
}

Result<HttpAddress> parse_address(std::string_view text) {
    const auto refuse = [&] {
        return fail(ErrorCode::kInvalidArgument,
                    "found '{}', expected HOST:PORT such as 127.0.0.1:7723 or [::1]:0", text);
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return refuse();
    HttpAddress address{.host = std::string(text.substr(0, colon))};
    if (address.host.empty()) address.host = "127.0.0.1";
    const bool in_brackets =
        address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']';
    if (in_brackets) address.host = address.host.substr(1, address.host.size() - 2);
    if (!in_brackets && address.host.find_first_of("[]:") != std::string::npos) return refuse();
    const std::string_view port = text.substr(colon + 1);
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), address.port);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == port.data() + port.size();
    if (!is_number || address.port < 0 || address.port > kPortMax) return refuse();
    return address;
}

bool is_local_host(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && !host.ends_with(']');
    if (has_port) host = host.substr(0, colon);
    const bool is_number = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return host.empty() || host == "localhost" || host == "[::1]" ||
           (host.starts_with("127.") && is_number);
}

std::vector<std::string> http_library_candidates() {
    // The loader replaces $ORIGIN by the directory of the program.
    return {"$ORIGIN/libdaybook_http.so", "$ORIGIN/../lib/daybook/libdaybook_http.so",
            DAYBOOK_HTTP_LIBRARY};
}

Result<std::unique_ptr<HttpListener>> listen_http(const HttpListenerOptions& options) {
    ASSIGN_OR_RETURN(const HttpListenFunction function, load());
    HttpListenerOptions complete = options;
    complete.refuse = problem;
    // Who listens for others is called by names that only they know.
    const bool is_local = HttpAddress{options.host, options.port}.is_loopback();
    complete.answers_host = is_local ? is_local_host : [](std::string_view) { return true; };
    return function(complete);
}

}  // namespace daybook::server
