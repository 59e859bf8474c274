#include "server/http.h"

#include <httplib.h>

#include <optional>
#include <thread>

#include "base/text.h"

namespace daybook::server {
namespace {

// So many requests are answered at once; others wait.  A sync takes one for as long as it lasts.
constexpr std::size_t kThreads = 8;
constexpr time_t kReadTimeoutSeconds = 2;

void set(httplib::Response& out, const HttpResponse& response) {
    out.status = response.status;
    if (!response.allow.empty()) out.set_header("Allow", response.allow);
    out.set_header("Cache-Control", "no-store");
    out.set_content(response.body, response.content_type);
}

std::optional<HttpResponse> refusal(const httplib::Request& request,
                                    const HttpListenerOptions& options) {
    const std::string host = request.get_header_value("Host");
    if (!options.answers_host(host)) {
        return options.refuse(
            403, "found Host: " + printable(host) + ", expected localhost, 127.0.0.1 or [::1]");
    }
    // A web page of elsewhere that asks without looking at the answer.
    const std::string site = request.get_header_value("Sec-Fetch-Site");
    if (request.method != "GET" && request.method != "HEAD" &&
        (site == "cross-site" || site == "same-site")) {
        return options.refuse(
            403, "found Sec-Fetch-Site: " + site + ", expected a request that no web page makes");
    }
    // Bodies whose size nobody has said, or says falsely, could fill the memory.
    if (request.has_header("Transfer-Encoding")) {
        return options.refuse(411, "found Transfer-Encoding, expected a body with Content-Length");
    }
    if (request.has_header("Content-Encoding")) {
        return options.refuse(415, "found Content-Encoding, expected a plain body");
    }
    return std::nullopt;
}

class Listener final : public HttpListener {
public:
    explicit Listener(const HttpListenerOptions& options) : options_(options) {
        server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
        // An idle connection would be looked at a hundred times a second.
        server_.set_keep_alive_max_count(1);
        server_.set_read_timeout(kReadTimeoutSeconds);
        server_.set_write_timeout(kReadTimeoutSeconds);
        server_.set_payload_max_length(kHttpBodyBytesMax);
        // The default, SO_REUSEPORT, would let two daemons share one port, each with half of the
        // requests.
        server_.set_socket_options([](socket_t socket) {
            const int yes = 1;
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        });
        set_handlers();
    }

    ~Listener() override {
        server_.stop();
        if (thread_.joinable()) thread_.join();
    }

    Status listen() {
        if (options_.port == 0) {
            port_ = server_.bind_to_any_port(options_.host);
        } else if (server_.bind_to_port(options_.host, options_.port)) {
            port_ = options_.port;
        }
        if (port_ <= 0) {
            return fail(ErrorCode::kBusy,
                        "listen on {}:{}: the address cannot be had; is another program there? "
                        "choose another with --listen, or --no-http",
                        options_.host, options_.port);
        }
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        // stop() does nothing to a server that has not begun yet.
        while (!server_.is_running()) std::this_thread::yield();
        return {};
    }

    int port() const override { return port_; }

private:
    void set_handlers() {
        const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
            set(response, options_.handler({request.method, request.path, request.body}));
        };
        server_.set_pre_routing_handler([this, answer](const httplib::Request& request,
                                                       httplib::Response& response) {
            // Without a length there is no body; the library would refuse that.
            const bool has_body =
                request.has_header("Content-Length") &&
                (request.method == "POST" || request.method == "PUT" || request.method == "PATCH");
            if (const auto refused = refusal(request, options_)) {
                set(response, *refused);
            } else if (has_body) {
                return httplib::Server::HandlerResponse::Unhandled;
            } else {
                answer(request, response);
            }
            return httplib::Server::HandlerResponse::Handled;
        });
        server_.Post(".*", answer);
        server_.Put(".*", answer);
        server_.Patch(".*", answer);
        // What the library refuses by itself: requests that are none, bodies that are too long.
        server_.set_error_handler([this](const httplib::Request&, httplib::Response& response) {
            if (!response.body.empty()) return;
            set(response, options_.refuse(response.status, "the request could not be read"));
        });
        server_.set_logger(
            [this](const httplib::Request& request, const httplib::Response& response) {
                options_.on_answer(request.path, response.status);
            });
    }

    HttpListenerOptions options_;
    httplib::Server server_;
    std::thread thread_;
    int port_ = 0;
};

Result<std::unique_ptr<HttpListener>> listen(const HttpListenerOptions& options) {
    auto listener = std::make_unique<Listener>(options);
    RETURN_IF_ERROR(listener->listen());
    return std::unique_ptr<HttpListener>(std::move(listener));
}

}  // namespace
}  // namespace daybook::server

extern "C" __attribute__((visibility("default")))
const daybook::server::HttpListenFunction kDaybookHttpListen;
const daybook::server::HttpListenFunction kDaybookHttpListen = daybook::server::listen;
