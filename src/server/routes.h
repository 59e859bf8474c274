// What is asked over HTTP and what is answered, without sockets: requests in, responses out.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::server {

struct HttpRequest {
    std::string method{};
    std::string path{};  // without the query
    std::string body{};
};

struct HttpResponse {
    int status = 200;
    std::string content_type{};
    std::string body{};
    std::string allow{};  // the methods that the path has; only with 405
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

HttpResponse json_response(int status, std::string body);
// application/problem+json (RFC 9457); `detail` says what was found, what was expected, what to do.
HttpResponse problem(int status, std::string_view detail);
std::string_view status_title(int status);

// Which path and method goes to which handler.  Filled before it is used; then safe to use from all
// threads.
class Routes {
public:
    void add(std::string method, std::string path, HttpHandler handler);

    // 404: no such path; 405: the path has other methods.  HEAD is answered as GET.
    HttpResponse answer(const HttpRequest& request) const;
    // The path as a label: what is no path of ours is "other", so that nobody can make labels.
    std::string label(std::string_view path) const;

private:
    struct Route {
        std::string method;
        std::string path;
        HttpHandler handler;
    };
    std::vector<Route> routes_;
};

}  // namespace daybook::server
