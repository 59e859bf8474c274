// The seam between the server and the HTTP library: one function of a library that is loaded when
// it is needed (http_server.h).  Only http.cc knows the HTTP library itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/routes.h"

namespace daybook::server {

// A socket that answers.
class HttpListener {
public:
    // Stops listening, and waits for the requests that are being answered.
    virtual ~HttpListener() = default;
    virtual int port() const = 0;
};

struct HttpListenerOptions {
    std::string host{};
    int port = 0;  // 0: one that is free
    // Called from several threads at once.
    HttpHandler handler{};
    // Makes the answer to what the library refuses by itself; listen_http() sets it.
    HttpResponse (*refuse)(int status, std::string_view detail) = nullptr;
    // Which values of the Host header are answered; listen_http() sets it.
    bool (*answers_host)(std::string_view host) = nullptr;
    // Told of every answer: the path that was asked for, and the status code.
    std::function<void(const std::string&, int)> on_answer{};
};

using HttpListenFunction = Result<std::unique_ptr<HttpListener>> (*)(const HttpListenerOptions&);
// The name of that function in the library.
inline constexpr const char* kHttpListenSymbol = "kDaybookHttpListen";

// Bytes of a request's body; more is refused with 413.
inline constexpr std::size_t kHttpBodyBytesMax = std::size_t{1} << 20;

}  // namespace daybook::server
