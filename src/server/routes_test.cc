#include "server/routes.h"

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

class RoutesTest : public ::testing::Test {
protected:
    RoutesTest() {
        routes_.add("GET", "/livez", [](const HttpRequest&) { return json_response(200, "{}"); });
        routes_.add("POST", "/api/v1/sync", [](const HttpRequest& request) {
            return json_response(200, "\"" + request.body + "\"");
        });
    }
    HttpResponse ask(const std::string& method, const std::string& path) const {
        return routes_.answer({.method = method, .path = path, .body = "b"});
    }
    Routes routes_;
};

TEST_F(RoutesTest, GoToTheirHandlers) {
    EXPECT_EQ(ask("GET", "/livez").body, "{}\n");
    EXPECT_EQ(ask("HEAD", "/livez").status, 200);
    EXPECT_EQ(ask("POST", "/api/v1/sync").body, "\"b\"\n");
    EXPECT_EQ(ask("POST", "/api/v1/sync").content_type, "application/json");
}

TEST_F(RoutesTest, AnUnknownPathIsAProblemThatKnowsTheNearest) {
    const HttpResponse response = ask("GET", "/livz");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Not Found","status":404,)"
                             R"("detail":"there is no /livz; did you mean /livez?"})"
                             "\n");
    EXPECT_EQ(ask("GET", "/x\n\"").status, 404);
}

TEST_F(RoutesTest, AnotherMethodIsAProblemThatNamesThoseThereAre) {
    const HttpResponse response = ask("GET", "/api/v1/sync");
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.allow, "POST");
    EXPECT_NE(response.body.find("found GET /api/v1/sync, expected POST"), std::string::npos);
    EXPECT_EQ(ask("HEAD", "/api/v1/sync").status, 405);
}

TEST_F(RoutesTest, NobodyCanMakeLabels) {
    EXPECT_EQ(routes_.label("/livez"), "/livez");
    EXPECT_EQ(routes_.label("/livez/1"), "other");
    EXPECT_EQ(routes_.label(""), "other");
}

}  // namespace
}  // namespace daybook::server
