#include "server/metrics.h"

#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

bool has_line(const std::string& page, const std::string& line) {
    return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, AHistogramCountsWhatIsAtMostItsBounds) {
    MetricsFacts facts;
    for (const double seconds : {0.005, 0.006, 3.0, 1000.0}) {
        facts.readiness.stats.publications.add(seconds);
    }
    const std::string page = encode_metrics(facts);
    const std::string name = "daybook_publication_duration_seconds";
    EXPECT_TRUE(has_line(page, name + "_bucket{le=\"0.005\"} 1"));
    EXPECT_TRUE(has_line(page, name + "_bucket{le=\"0.01\"} 2"));
    EXPECT_TRUE(has_line(page, name + "_bucket{le=\"2.5\"} 2"));
    EXPECT_TRUE(has_line(page, name + "_bucket{le=\"5\"} 3"));
    EXPECT_TRUE(has_line(page, name + "_bucket{le=\"60\"} 3"));
    EXPECT_TRUE(has_line(page, name + "_bucket{le=\"+Inf\"} 4"));
    EXPECT_TRUE(has_line(page, name + "_count 4"));
    EXPECT_TRUE(has_line(page, "daybook_publications_total 4"));
    EXPECT_TRUE(has_line(page, "# TYPE " + name + " histogram"));
}

TEST(Metrics, RequestsAreCountedByPathAndCode) {
    MetricsFacts facts;
    facts.readiness.stats.http_requests[{"/livez", 200}] = 3;
    facts.readiness.stats.http_requests[{"a\"\\\nb", 404}] = 1;
    const std::string page = encode_metrics(facts);
    EXPECT_TRUE(has_line(page, R"(daybook_http_requests_total{path="/livez",code="200"} 3)"));
    EXPECT_TRUE(has_line(page, R"(daybook_http_requests_total{path="a\"\\\nb",code="404"} 1)"));
}

TEST(Metrics, EveryOneHasItsHelpAndItsTypeOnce) {
    MetricsFacts facts;
    facts.readiness.disk_free_bytes = 5;
    facts.readiness.stats.http_requests[{"/livez", 200}] = 3;
    std::set<std::string> helped;
    std::set<std::string> typed;
    std::istringstream page(encode_metrics(facts));
    for (std::string line; std::getline(page, line);) {
        std::istringstream words(line);
        std::string hash, kind, name;
        words >> hash >> kind >> name;
        if (kind == "HELP") {
            EXPECT_TRUE(helped.insert(name).second) << name;
        } else if (kind == "TYPE") {
            EXPECT_TRUE(typed.insert(name).second) << name;
        } else {
            EXPECT_TRUE(line.starts_with("daybook_")) << line;
        }
    }
    EXPECT_EQ(helped, typed);
    EXPECT_GT(helped.size(), 25u);
}

TEST(Metrics, WhatCannotBeAskedIsLeftOut) {
    EXPECT_EQ(encode_metrics({}).find("daybook_disk_free_bytes"), std::string::npos);
}

}  // namespace
}  // namespace daybook::server
