#include "server/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"
#include "server/http_server.h"

namespace daybook::server {
namespace {

class HttpTest : public ::testing::Test {
protected:
    // Sends `request` byte for byte, and gives what comes back until the other side closes.
    std::string exchange(const std::string& request) const {
        const os::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        struct sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(listener_->port()));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address),
                  0);
        for (std::size_t sent = 0; sent < request.size();) {
            const ssize_t count =
                ::send(fd.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) break;  // Refused before all of it was read.
            sent += static_cast<std::size_t>(count);
        }
        std::string answer;
        char block[4096];
        ssize_t got = 0;
        while ((got = ::recv(fd.get(), block, sizeof block, 0)) > 0) {
            answer.append(block, static_cast<std::size_t>(got));
        }
        return answer;
    }
    std::string status_line(const std::string& request) const {
        const std::string answer = exchange(request);
        return answer.substr(0, answer.find("\r\n"));
    }
    void expect_alive() const {
        EXPECT_EQ(status_line("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP/1.1 200 OK");
    }

    std::mutex mutex_;
    std::vector<std::pair<std::string, int>> answered_;
    std::unique_ptr<HttpListener> listener_ =
        listen_http({.host = "127.0.0.1",
                     .port = 0,
                     .handler =
                         [](const HttpRequest& request) {
                             return json_response(200,
                                                  request.method + request.path + request.body);
                         },
                     .on_answer =
                         [this](const std::string& path, int status) {
                             const std::lock_guard lock(mutex_);
                             answered_.emplace_back(path, status);
                         }})
            .value();
};

TEST_F(HttpTest, AnswersAndCloses) {
    const std::string answer = exchange("GET /a?b=c HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("Content-Type: application/json\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nGET/a\n")) << answer;
    const std::string posted =
        exchange("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nxyz");
    EXPECT_TRUE(posted.ends_with("POST/axyz\n")) << posted;
    const std::string bare = exchange("POST /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(bare.ends_with("POST/a\n")) << bare;
    listener_.reset();
    EXPECT_EQ(answered_,
              (std::vector<std::pair<std::string, int>>{{"/a", 200}, {"/a", 200}, {"/a", 200}}));
}

TEST_F(HttpTest, BadRequestsAreRefusedAndHarmNothing) {
    const std::string head = "HTTP/1.1\r\nHost: localhost\r\n";
    const std::string long_text(100'000, 'x');
    EXPECT_EQ(status_line("BREW /a " + head + "\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line("GET\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line("GET /a HTTP/9.9\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line("GET /" + std::string(9000, 'x') + " " + head + "\r\n"),
              "HTTP/1.1 414 URI Too Long");
    EXPECT_EQ(status_line("GET /a " + head + "X: " + long_text + "\r\n\r\n"),
              "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line("POST /a " + head + "Content-Length: 2000000000\r\n\r\n"),
              "HTTP/1.1 413 Payload Too Large");
    EXPECT_EQ(status_line("POST /a " + head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
              "HTTP/1.1 411 Length Required");
    EXPECT_EQ(
        status_line("POST /a " + head + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"),
        "HTTP/1.1 415 Unsupported Media Type");
    // Anything: it only has to end, and nothing may break.
    for (const std::string& request :
         {std::string("\r\n\r\n"), std::string("\0\0\0\0\r\n\r\n", 8), std::string(5000, '\xff'),
          "GET /a " + head + "Content-Length: -1\r\n\r\n",
          "POST /a " + head + "Content-Length: nine\r\n\r\nxxxxxxxxx",
          "POST /" + std::string(8000, 'y') + " " + head + "Content-Length: 0\r\n\r\n"}) {
        (void)status_line(request);
    }
    expect_alive();
}

TEST_F(HttpTest, OnlyTheNamesOfThisMachineAreAnswered) {
    const std::string answer = exchange("POST /a HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 Forbidden\r\n")) << answer;
    EXPECT_NE(answer.find("found Host: evil.example"), std::string::npos) << answer;
    EXPECT_EQ(status_line("GET /a HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK");
}

TEST_F(HttpTest, NoWebPageOfElsewhereIsAnswered) {
    const std::string head = "HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: ";
    EXPECT_EQ(status_line("POST /a " + head + "cross-site\r\n\r\n"), "HTTP/1.1 403 Forbidden");
    EXPECT_EQ(status_line("POST /a " + head + "same-origin\r\n\r\n"), "HTTP/1.1 200 OK");
    EXPECT_EQ(status_line("GET /a " + head + "cross-site\r\n\r\n"), "HTTP/1.1 200 OK");
}

TEST_F(HttpTest, ARefusalIsAProblem) {
    const std::string answer = exchange("BREW /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(answer.find("Content-Type: application/problem+json\r\n"), std::string::npos)
        << answer;
    EXPECT_NE(answer.find(R"("status":400)"), std::string::npos) << answer;
}

}  // namespace
}  // namespace daybook::server
