#include "capi/values.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::capi {
namespace {

TEST(Object, ShortAndLongOnesHaveTheirFieldsInOrder) {
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{1}, std::size_t{16}, std::size_t{17}, std::size_t{100}}) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) names.push_back("f" + std::to_string(i));
        std::vector<daybook_field> fields;
        for (std::size_t i = 0; i < count; ++i) {
            fields.push_back(daybook_int(names[i].c_str(), static_cast<std::int64_t>(i)));
        }
        Object object;
        ASSERT_TRUE(object.read(daybook_fields(fields.data(), count), "params"));
        ASSERT_EQ(object.fields().size(), count);
        std::size_t i = 0;
        for (const Field& field : object.fields()) {
            EXPECT_EQ(field.name, names[i]);
            EXPECT_EQ(field.value.as_int(), static_cast<std::int64_t>(i));
            ++i;
        }
    }
}

TEST(Object, EveryTypeIsRead) {
    daybook_field fields[7] = {};
    for (int i = 0; i < 7; ++i) {
        fields[i].name = daybook_text("x");
        fields[i].type = i;
    }
    fields[DAYBOOK_TYPE_BOOL].value.boolean = 1;
    fields[DAYBOOK_TYPE_UINT].value.uinteger = UINT64_MAX;
    fields[DAYBOOK_TYPE_DOUBLE].value.real = 0.5;
    fields[DAYBOOK_TYPE_STRING].value.text = daybook_text("s");
    fields[DAYBOOK_TYPE_JSON].value.text = daybook_text("[1]");
    Object object;
    ASSERT_TRUE(object.read(daybook_fields(fields, 7), "params"));
    const Field* const read = object.fields().begin();
    EXPECT_EQ(read[0].value.kind(), Value::Kind::kNull);
    EXPECT_TRUE(read[1].value.as_bool());
    EXPECT_EQ(read[2].value.kind(), Value::Kind::kInt);
    EXPECT_EQ(read[3].value.as_uint(), UINT64_MAX);
    EXPECT_EQ(read[4].value.as_double(), 0.5);
    EXPECT_EQ(read[5].value.as_string(), "s");
    EXPECT_EQ(read[6].value.kind(), Value::Kind::kJson);
}

TEST(Object, JsonStandsForItsFields) {
    Object object;
    ASSERT_TRUE(object.read(daybook_json("{\"a\":1}"), "params"));
    EXPECT_EQ(object.fields().json(), "{\"a\":1}");
}

Error problem_of(const daybook_object& given, std::string_view what) {
    Object object;
    const Status status = object.read(given, what);
    EXPECT_TRUE(object.fields().empty());
    return status.error();
}

TEST(Object, WhatMakesNoSenseIsRefused) {
    const daybook_field field = daybook_int("a", 1);
    daybook_object both = daybook_fields(&field, 1);
    both.json = daybook_text("{}");
    EXPECT_EQ(problem_of(both, "params").message(),
              "params: found both fields and JSON, expected one of them");
    EXPECT_EQ(problem_of(daybook_fields(nullptr, 3), "metrics").message(),
              "metrics: found NULL, expected 3 fields");
    daybook_field odd = field;
    odd.type = 9;
    EXPECT_EQ(problem_of(daybook_fields(&odd, 1), "params").message(),
              "params: a: found type 9, expected a daybook_type");
    EXPECT_EQ(durability_of(7).error().message(),
              "durability: found 7, expected a daybook_durability");
}

// A caller that was compiled with an earlier header has a shorter structure.
TEST(KnownPart, WhatTheCallerDoesNotKnowKeepsItsDefault) {
    daybook_ledger_options older = daybook_ledger_options_init();
    older.create = 0;
    older.background = 0;
    older.kept_events_max = 1;
    older.size = offsetof(daybook_ledger_options, failure_policy);
    daybook_ledger_options read = daybook_ledger_options_init();
    ASSERT_TRUE(read_known(&older, "daybook_ledger_options", read));
    EXPECT_EQ(read.create, 0);
    EXPECT_EQ(read.background, 0);
    EXPECT_EQ(read.kept_events_max, 10000u);
    EXPECT_EQ(read.size, sizeof(daybook_ledger_options));
    const daybook_ledger_options* const none = nullptr;
    read = daybook_ledger_options_init();
    ASSERT_TRUE(read_known(none, "x", read));
    EXPECT_EQ(read.create, 1);
}

// One that was compiled with a later header has a longer one.
TEST(KnownPart, WhatOnlyALaterCallerKnowsIsLeftAway) {
    struct Later {
        daybook_ledger_options known = daybook_ledger_options_init();
        int more = 7;
    } later;
    later.known.create = 0;
    later.known.size = sizeof later;
    daybook_ledger_options read = daybook_ledger_options_init();
    ASSERT_TRUE(read_known(&later.known, "daybook_ledger_options", read));
    EXPECT_EQ(read.create, 0);
    EXPECT_EQ(read.size, sizeof(daybook_ledger_options));
}

TEST(KnownPart, WhatWasNeverInitialisedIsRefused) {
    const daybook_run_spec zero{};
    daybook_run_spec read = daybook_run_spec_init();
    EXPECT_EQ(read_known(&zero, "daybook_run_spec", read).error().message(),
              "daybook_run_spec: size: found 0, expected 184 or more; initialise it with "
              "daybook_run_spec_init()");
}

}  // namespace
}  // namespace daybook::capi
