#include "server/http_server.h"

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

TEST(HttpAddress, IsReadFromText) {
    EXPECT_EQ(parse_address("127.0.0.1:80").value(), (HttpAddress{"127.0.0.1", 80}));
    EXPECT_EQ(parse_address(":0").value(), (HttpAddress{"127.0.0.1", 0}));
    EXPECT_EQ(parse_address("[::1]:7723").value(), (HttpAddress{"::1", 7723}));
    EXPECT_EQ(parse_address("box.local:65535").value(), (HttpAddress{"box.local", 65535}));
    for (const char* wrong : {"", "80", "host", "host:", "host:x", "host:-1", "host:65536",
                              "::1:80", "host:80 ", "[::1:80", "[]:80"}) {
        EXPECT_FALSE(parse_address(wrong)) << wrong;
    }
}

TEST(HttpAddress, KnowsWhetherOthersCanReachIt) {
    EXPECT_TRUE((HttpAddress{"127.0.0.2", 1}).is_loopback());
    EXPECT_TRUE((HttpAddress{"::1", 1}).is_loopback());
    EXPECT_FALSE((HttpAddress{"0.0.0.0", 1}).is_loopback());
    EXPECT_FALSE((HttpAddress{"::", 1}).is_loopback());
}

TEST(HttpAddress, HasAUrl) {
    EXPECT_EQ((HttpAddress{"127.0.0.1", 80}).url(), "http://127.0.0.1:80");
    EXPECT_EQ((HttpAddress{"::1", 80}).url(), "http://[::1]:80");
}

TEST(HttpServer, KnowsTheNamesOfThisMachine) {
    for (const char* ours :
         {"", "localhost", "localhost:7723", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:7723"}) {
        EXPECT_TRUE(is_local_host(ours)) << ours;
    }
    for (const char* other : {"evil.example", "127.evil.example:80", "localhost.evil.example",
                              "192.168.0.1", "[::2]:80", "::1:", ":x:"}) {
        EXPECT_FALSE(is_local_host(other)) << other;
    }
}

TEST(HttpServer, AnAddressIsHadOnce) {
    const HttpListenerOptions any{
        .host = "127.0.0.1",
        .port = 0,
        .handler = [](const HttpRequest&) { return json_response(200, "{}"); },
        .on_answer = [](const std::string&, int) {}};
    const auto first = listen_http(any);
    ASSERT_TRUE(first) << first.error().message();
    HttpListenerOptions same = any;
    same.port = (*first)->port();
    ASSERT_GT(same.port, 0);
    EXPECT_EQ(listen_http(same).error().code(), ErrorCode::kBusy);
}

}  // namespace
}  // namespace daybook::server
