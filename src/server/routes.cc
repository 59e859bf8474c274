#include "server/routes.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ledger/document_json.h"

namespace daybook::server {

std::string_view status_title(int status) {
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 411: return "Length Required";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        default: return "Error";
    }
}

HttpResponse json_response(int status, std::string body) {
    return {.status = status, .content_type = "application/json", .body = std::move(body) + "\n"};
}

HttpResponse problem(int status, std::string_view detail) {
    return {.status = status,
            .content_type = "application/problem+json",
            .body = fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{}}})"
                                "\n",
                                ledger::json_string(status_title(status)), status,
                                ledger::json_string(detail))};
}

void Routes::add(std::string method, std::string path, HttpHandler handler) {
    routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

HttpResponse Routes::answer(const HttpRequest& request) const {
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    std::string allowed;
    for (const Route& route : routes_) {
        if (route.path != request.path) continue;
        if (route.method == method) return route.handler(request);
        if (!allowed.empty()) allowed += ", ";
        allowed += route.method;
    }
    if (allowed.empty()) {
        std::vector<std::string_view> paths;
        for (const Route& route : routes_) paths.push_back(route.path);
        const std::string_view nearest = nearest_name(request.path, paths);
        return problem(
            404, fmt::format("there is no {}{}", printable(request.path),
                             nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }
    HttpResponse response =
        problem(405, fmt::format("found {} {}, expected {}", printable(request.method),
                                 printable(request.path), allowed));
    response.allow = allowed;
    return response;
}

std::string Routes::label(std::string_view path) const {
    for (const Route& route : routes_) {
        if (route.path == path) return route.path;
    }
    return "other";
}

}  // namespace daybook::server
