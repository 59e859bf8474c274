#include "schema/registry.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event/events.h"
#include "json/encode_event.h"
#include "schema/schema_json.h"

namespace daybook::schema {
namespace {

constexpr TimestampMs kNow{1769126400000};

std::string trade(const std::string& more) {
    return R"({"title":"trade.filled","description":"A fill.","type":"object",)" + more + "}";
}

const std::string kFirst =
    trade(R"("required":["price"],"properties":{"price":{"type":"number"}})");
const std::string kSecond = trade(R"("required":["cost"],"properties":{"cost":{"type":"number"}},
    "x-upcast":[{"op":"rename","path":"/price","to":"cost"}])");

// A registry in which `schemas` were registered, one after the other.
Registry registry_with(const std::vector<std::string>& schemas) {
    Registry registry = Registry::builtin();
    for (const std::string& schema : schemas) {
        const auto report = registry.register_type(schema);
        EXPECT_TRUE(report.has_value()) << report.error().message();
        EXPECT_TRUE(report->breaks.empty()) << report->breaks[0];
    }
    return registry;
}

// The line draft of the event; the message after "! " if it is refused.
std::string checked(const Registry& registry, const std::string& event) {
    Scratch scratch;
    const auto result = registry.check(event, kNow, scratch);
    if (!result) return "! " + result.error().message();
    std::string line;
    append_draft(*result, line);
    return line;
}

std::string message(const Result<RegisterReport>& result) {
    return result ? "registered" : result.error().message();
}

TEST(Registry, ACheckedEventBecomesALineOfTheFormat) {
    EXPECT_EQ(
        checked(
            Registry::builtin(),
            R"({"run_id":"r1", "phase_order": 0, "event_type":"phase.started", "phase_name":"load"})"),
        R"({"event_type":"phase.started","event_id":"000000000000000000000000000000000000",)"
        R"("timestamp_ms":0000000000000,"run_id":"r1","phase_order":0,"phase_name":"load")");
}

TEST(Registry, TypedAndRawEventsGiveTheSameLine) {
    const std::array<Field, 2> params = {{{"a", 1.0}, {"b", "x"}}};
    std::string typed;
    ASSERT_TRUE(json::encode_event("r1",
                                   event::TrialRecorded{.trial_id = "t",
                                                        .params = std::span<const Field>(params),
                                                        .metrics = {{"m", 0.1}},
                                                        .duration_ms = 5},
                                   typed)
                    .has_value());
    const std::string raw = R"({"event_type":"trial.recorded","run_id":"r1")" +
                            typed.substr(typed.find(",\"trial_id\"")) + "}";
    EXPECT_EQ(checked(Registry::builtin(), raw), typed);
}

TEST(Registry, IdTimeAndDurabilityAreReported) {
    const Registry registry = Registry::builtin();
    Scratch scratch;
    const auto event = registry.check(
        R"({"event_type":"run.failed","event_id":"1769126400000_0a1b2c3d","timestamp_ms":5,"run_id":"r1","error":{"message":"m"}})",
        kNow, scratch);
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->type, "run.failed");
    EXPECT_EQ(event->run_id, "r1");
    EXPECT_EQ(event->event_id, "1769126400000_0a1b2c3d");
    EXPECT_EQ(event->timestamp, TimestampMs(5));
    EXPECT_EQ(event->durability, Durability::kPower);
    EXPECT_EQ(event->payload, R"(,"error":{"message":"m"})");
}

TEST(Registry, AnUnknownTypeIsAnsweredWithTheNearestKnownOne) {
    const Registry registry = registry_with({kFirst});
    EXPECT_EQ(
        checked(registry, R"({"event_type":"trial.recordet","run_id":"r1"})"),
        "! check event: /event_type: found \"trial.recordet\", expected a known type; did you mean "
        "`trial.recorded`?");
    EXPECT_TRUE(checked(registry, R"({"event_type":"trade.fild","run_id":"r1"})")
                    .ends_with("did you mean `trade.filled`?"));
    EXPECT_TRUE(checked(registry, R"({"event_type":"zzz.qqqqqqqqq","run_id":"r1"})")
                    .ends_with("`daybook schema register FILE` adds one"));
}

TEST(Registry, ARegisteredTypeIsChecked) {
    const Registry registry = registry_with({kFirst});
    EXPECT_TRUE(checked(registry, R"({"event_type":"trade.filled","run_id":"r1","price":1.50})")
                    .ends_with(R"("run_id":"r1","price":1.50)"));
    EXPECT_EQ(checked(registry, R"({"event_type":"trade.filled","run_id":"r1","price":"1"})"),
              "! check event: /price: found \"1\", expected number");
    EXPECT_EQ(checked(registry, R"({"event_type":"trade.filled","run_id":"r1"})"),
              "! check event: /price: missing, expected a value");
}

TEST(Registry, AnEventIsCheckedAgainstItsOwnVersion) {
    const Registry registry = registry_with({kFirst, kSecond});
    EXPECT_TRUE(
        checked(registry,
                R"({"event_type":"trade.filled","run_id":"r1","schema_version":2,"cost":1})")
            .ends_with(R"("run_id":"r1","schema_version":2,"cost":1)"));
    EXPECT_EQ(checked(registry, R"({"event_type":"trade.filled","run_id":"r1","cost":1})"),
              "! check event: /price: missing, expected a value (version 1; the newest is 2: "
              "\"schema_version\":2)");
    EXPECT_EQ(checked(registry,
                      R"({"event_type":"trade.filled","run_id":"r1","schema_version":3,"cost":1})"),
              "! check event: /schema_version: found 3, expected a registered version of "
              "trade.filled, at most 2");
}

TEST(Registry, VersionsAreNumberedOneAfterTheOther) {
    Registry registry = registry_with({kFirst});
    EXPECT_EQ(message(registry.register_type(trade(R"("x-version":3)"))),
              "register type trade.filled: /x-version: found 3, expected 2");
    EXPECT_EQ(message(registry.register_type(trade(R"("x-version":1)"))),
              "register type trade.filled: /x-version: version 1 is registered with another "
              "schema; a version never "
              "changes, give this one 2");
    EXPECT_EQ(registry.newest_version("trade.filled"), 1);
}

TEST(Registry, RegisteringTheSameSchemaAgainChangesNothing) {
    Registry registry = registry_with({kFirst, kSecond});
    const std::string before = registry.serialize();
    for (const std::string& schema : {kFirst, kSecond}) {
        const auto again = registry.register_type(schema);
        ASSERT_TRUE(again.has_value());
        EXPECT_TRUE(again->unchanged);
    }
    EXPECT_EQ(registry.serialize(), before);
}

TEST(Registry, AVersionThatCannotReadAnEarlierOneIsNotRegistered) {
    Registry registry = registry_with({kFirst});
    const std::string breaking = trade(R"("properties":{"price":{"type":"string"}})");
    const auto report = registry.register_type(breaking);
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->breaks,
              (std::vector<std::string>{
                  "version 1: /price: may have been number, which is not allowed any more"}));
    EXPECT_EQ(registry.newest_version("trade.filled"), 1);
}

TEST(Registry, EveryEarlierVersionCountsNotOnlyTheLast) {
    Registry registry = registry_with(
        {trade(R"("additionalProperties":false,"properties":{"a":{"type":"number"}})"),
         trade(R"("additionalProperties":false,"properties":{"a":{"type":["number","string"]}})")});
    const auto report = registry.examine(
        trade(R"("additionalProperties":false,"properties":{"a":{"type":"string"}})"));
    ASSERT_TRUE(report.has_value());
    ASSERT_EQ(report->breaks.size(), 2);
    EXPECT_TRUE(report->breaks[0].starts_with("version 1: /a: "));
    EXPECT_TRUE(report->breaks[1].starts_with("version 2: /a: "));
}

TEST(Registry, CompatibilityCanBeTurnedOff) {
    Registry registry = registry_with({kFirst});
    const auto report = registry.register_type(
        trade(R"("x-compatibility":"NONE","properties":{"price":{"type":"string"}})"));
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->breaks.empty());
    EXPECT_GE(report->notes.size(), 2);
    EXPECT_EQ(registry.newest_version("trade.filled"), 2);
    EXPECT_NE(message(registry.register_type(trade(R"("x-compatibility":"SOME")"))), "registered");
}

TEST(Registry, AnOpenContentModelIsPointedOut) {
    Registry registry = Registry::builtin();
    EXPECT_TRUE(registry.examine(kFirst)->notes.at(0).starts_with("open content model: "));
    EXPECT_TRUE(registry.examine(trade(R"("additionalProperties":false)"))->notes.empty());
}

TEST(Registry, ExaminingRegistersNothing) {
    const Registry registry = Registry::builtin();
    EXPECT_TRUE(registry.examine(kFirst).has_value());
    EXPECT_EQ(registry.newest_version("trade.filled"), std::nullopt);
}

TEST(Registry, ACopyIsNotChangedByRegistering) {
    Registry registry = Registry::builtin();
    const Registry copy = registry;
    ASSERT_TRUE(registry.register_type(kFirst).has_value());
    EXPECT_EQ(copy.newest_version("trade.filled"), std::nullopt);
}

TEST(Registry, WrongSchemasAreRefused) {
    Registry registry = Registry::builtin();
    EXPECT_TRUE(message(registry.register_type("{")).starts_with("parse schema: line 1, column 2"));
    EXPECT_TRUE(message(registry.register_type("[]"))
                    .starts_with("register type: /: expected a JSON Schema"));
    EXPECT_NE(message(registry.register_type(R"({"title":"run.mine","type":"object"})")),
              "registered");
    EXPECT_NE(message(registry.register_type(R"({"title":"run.created","type":"object"})")),
              "registered");
}

TEST(Registry, TheFileHoldsAllTypesAndReadsBackAsItself) {
    const Registry registry = registry_with({kFirst, kSecond});
    const std::string text = registry.serialize();
    const auto again = Registry::parse(text);
    ASSERT_TRUE(again.has_value()) << again.error().message();
    EXPECT_EQ(again->serialize(), text);
    const Tree document = Tree::parse(text);
    EXPECT_EQ(document["format"], 1);
    EXPECT_EQ(document["types"]["trade.filled"]["versions"].size(), 2);
    for (const std::string_view type : event::kTypes) {
        EXPECT_TRUE(document["types"][std::string(type)]["built_in"]) << type;
    }
    EXPECT_EQ(checked(*again, R"({"event_type":"trade.filled","run_id":"r1","price":"1"})"),
              "! check event: /price: found \"1\", expected number (version 1; the newest is 2: "
              "\"schema_version\":2)");
}

TEST(Registry, WhatThisDaybookDoesNotKnowIsKept) {
    const auto registry = Registry::parse(
        R"({"owner":"me","types":{"run.paused":{"built_in":true,"versions":[{"version":9,"schema":{},"x":1}]},)"
        R"("run.created":{"built_in":true,"versions":[{"version":2,"schema":{"title":"later"}}]}}})");
    ASSERT_TRUE(registry.has_value()) << registry.error().message();
    const Tree document = Tree::parse(registry->serialize());
    EXPECT_EQ(document["owner"], "me");
    EXPECT_EQ(document["types"]["run.paused"]["versions"][0]["x"], 1);
    EXPECT_EQ(document["types"]["run.created"]["versions"].size(), 2);
}

TEST(Registry, ATypeOfANewerDaybookKeepsItsName) {
    Registry registry =
        Registry::parse(R"({"format":1,"types":{"order.sent":{"built_in":true,"versions":[]}}})")
            .value();
    EXPECT_EQ(message(registry.register_type(R"({"title":"order.sent","type":"object"})")),
              "register type order.sent: a newer Daybook has a type of its own of that name; give "
              "it another one");
}

// Earlier versions registered types whose events nobody could check.
TEST(Registry, OneTypeThatCannotBeCheckedStopsNoOther) {
    const Registry registry =
        Registry::parse(
            R"({"format":1,"types":{"a.b":{"versions":[{"version":1,"schema":{"title":"a.b",)"
            R"("type":"object","description":5,"x-version":1}}]}}})")
            .value();
    EXPECT_EQ(checked(registry, R"({"event_type":"run.started","run_id":"r"})").find("! "),
              std::string::npos);
    EXPECT_NE(checked(registry, R"({"event_type":"a.b","run_id":"r"})").find("cannot be checked"),
              std::string::npos);
    EXPECT_EQ(registry.list().front().name, "a.b");
    EXPECT_EQ(registry.list().front().description, "");
    Registry next = registry;
    EXPECT_TRUE(next.register_type(R"({"title":"a.b","type":"object"})").has_value());
}

TEST(Registry, WhatCannotBeComparedIsABreakAndNoCrash) {
    // A keyword of the wrong shape, where no check has come to it.
    Registry registry =
        Registry::parse(
            R"({"format":1,"types":{"a.b":{"versions":[{"version":1,"schema":{"title":"a.b",)"
            R"("type":"object","properties":{"a":{"type":"object","properties":[1]}},"x-version":1}}]}}})")
            .value();
    const auto report = registry.examine(
        R"({"title":"a.b","type":"object","x-upcast":[{"op":"default","path":"/a/b","value":1}]})");
    ASSERT_TRUE(report.has_value()) << report.error().message();
    ASSERT_EQ(report->breaks.size(), 1U);
    EXPECT_TRUE(report->breaks[0].starts_with("version 1: /: cannot be compared: "))
        << report->breaks[0];
    EXPECT_EQ(
        message(registry.register_type(
            R"({"title":"a.c","type":"object","$ref":"#/definitions/R","definitions":{"R":{}}})")),
        "register type: /$ref: what is beside a reference counts for nothing: expected the "
        "schema itself, or `allOf`");
}

// Each version moves what there is to the bottom of what is new.
TEST(Registry, AnEventDoesNotBecomeDeeperThanAnyMayBe) {
    std::string deep;
    for (int i = 0; i < 63; ++i) deep += "/a";
    const std::string step = R"("x-upcast":[{"op":"move","path":"/x","to":"/y)" + deep +
                             R"("},{"op":"rename","path":"/y","to":"x"}])";
    const std::string begin = R"({"title":"a.b","type":"object","x-compatibility":"NONE")";
    Registry registry = registry_with({begin + "}"});
    for (int version = 2; version <= 4; ++version) {
        ASSERT_TRUE(registry
                        .register_type(begin + ",\"description\":\"" + std::to_string(version) +
                                       "\"," + step + "}")
                        .has_value());
    }
    const auto event = registry.upcast("a.b", 1, R"({"x":1})");
    ASSERT_FALSE(event.has_value());
    EXPECT_EQ(event.error().message(), "upcast a.b: it would be nested more than 64 levels deep");
}

TEST(Registry, AFileOfANewerFormatIsRefused) {
    const auto registry = Registry::parse(R"({"format":2})");
    ASSERT_FALSE(registry.has_value());
    EXPECT_EQ(registry.error().code(), ErrorCode::kUnsupported);
}

TEST(Registry, ADamagedFileIsRefusedWithItsPlace) {
    for (
        const char* const text :
        {"", "[]", R"({"types":[]})", R"({"types":{"a.b":7}})",
         R"({"types":{"a.b":{"versions":[]}}})", R"({"types":{"a.b":{"versions":[7]}}})",
         R"({"types":{"run.created":7}})", R"({"types":{"run.created":{"versions":{}}}})",
         R"({"types":{"run.created":{"versions":[7]}}})",
         R"({"types":{"run.created":{"versions":[{"version":"1"}]}}})",
         R"({"types":{"a.b":{"versions":[{"version":1,"schema":{"title":"a.c","type":"object"}}]}}})",
         R"({"types":{"a.b":{"versions":[{"version":2,"schema":{"title":"a.b","type":"object"}}]}}})"}) {
        EXPECT_FALSE(Registry::parse(text).has_value()) << text;
    }
}

TEST(Registry, TypesAreListedByNameAndVersion) {
    const auto list = registry_with({kFirst, kSecond}).list();
    ASSERT_EQ(list.size(), event::kTypes.size() + 2);
    std::vector<std::string> names;
    for (const TypeInfo& info : list)
        names.push_back(info.name + "/" + std::to_string(info.version));
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_FALSE(list.front().description.empty());
}

TEST(Registry, ATypeIsShownAsItsSchema) {
    const Registry registry = registry_with({kFirst, kSecond});
    EXPECT_TRUE(Tree::parse(*registry.show("trade.filled"))["properties"].contains("cost"));
    EXPECT_TRUE(Tree::parse(*registry.show("trade.filled", 1))["properties"].contains("price"));
    EXPECT_EQ(Tree::parse(*registry.show("run.created"))["title"], "run.created");
    EXPECT_EQ(registry.show("run.create").error().message(),
              "show type \"run.create\": not known; did you mean `run.created`?");
    EXPECT_EQ(registry.show("run.created", 2).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(registry.show("trade.filled", 3).error().message(),
              "show type trade.filled: no version 3, the newest is 2");
}

TEST(Registry, OlderEventsAreUpcastToTheNewestVersion) {
    const std::string third = trade(
        R"("required":["cost","fees"],"properties":{"cost":{"type":"number"},"fees":{"type":"number"}},
        "x-upcast":[{"op":"default","path":"/fees","value":0}])");
    Registry registry = registry_with({kFirst, kSecond});
    const auto report = registry.register_type(third);
    // Whatever an older event had under the new name stays, and might be no number.
    ASSERT_TRUE(report.has_value());
    const Registry all = report->breaks.empty() ? registry : registry_with({kFirst, kSecond});
    EXPECT_TRUE(all.needs_upcast("trade.filled", 1));
    EXPECT_FALSE(all.needs_upcast("trade.filled", *all.newest_version("trade.filled")));
    EXPECT_FALSE(all.needs_upcast("run.created", 1));
    EXPECT_TRUE(Tree::parse(*all.upcast("trade.filled", 1, R"({"price":2,"x":1})"))["cost"] ==
                Tree(2));
    EXPECT_EQ(*all.upcast("run.created", 1, R"({"a":1})"), R"({"a":1})");
    EXPECT_EQ(all.upcast("trade.filled", 9, "{}").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(all.upcast("no.type", 1, "{}").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::schema
