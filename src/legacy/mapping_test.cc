#include "legacy/mapping.h"

#include "legacy/seed_toml.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

std::string error_of(std::string_view toml) {
    const auto mapping = parse_mapping(toml, "m.toml");
    return mapping ? "" : mapping.error().message();
}

constexpr std::string_view kRule =
    "[[rule]]\nfrom = 'a.b'\nevent = 'trial.recorded'\nrun_id = 'r'\ntime = 't'\n";

TEST(Mapping, TheBuiltInOneIsRead) {
    const Mapping mapping = must(load_mapping(""));
    EXPECT_EQ(mapping.name, "seed");
    EXPECT_GT(mapping.rules.size(), 10U);
}

TEST(Mapping, MistakesAreToldWithTheirLine) {
    EXPECT_EQ(error_of(""), "mapping m.toml: it has no rules; expected at least one [[rule]]");
    EXPECT_EQ(error_of("[[rule]]\nform = 'x'\n"),
              "mapping m.toml, line 2: unknown key 'form': did you mean 'from'?");
    EXPECT_EQ(error_of("[[rule]]\nfrom = 'x'\n"),
              "mapping m.toml, line 1: the rule has no 'event'");
    EXPECT_EQ(error_of(std::string(kRule) + "[rule.fields]\nx = 1\n"),
              "mapping m.toml, line 7: fields.x: found an integer, expected a column's name or a "
              "table");
    EXPECT_EQ(
        error_of(std::string(kRule) + "[rule.fields]\nrun_id = 'x'\n"),
        "mapping m.toml, line 7: fields: 'run_id' cannot be a field of a mapping: events have "
        "it anyway");
    EXPECT_EQ(
        error_of(std::string(kRule) + "[rule.fields]\nx = { rest = 'some' }\n"),
        "mapping m.toml, line 7: fields.x.rest: found text, expected \"numbers\", \"all\", an "
        "array of columns or a list");
    EXPECT_EQ(error_of(std::string(kRule) + "[rule.fields]\nx = { of_run = 'first' }\n"),
              "mapping m.toml, line 7: fields.x: of_run is for 'time' alone");
    EXPECT_NE(error_of("[[rule]\n").find("mapping m.toml, line 1, column"), std::string::npos);
    EXPECT_EQ(load_mapping("/nowhere.toml").error().code(), ErrorCode::kNotFound);
}

TEST(Mapping, ARuleOfSeveralEventsIsARuleForEach) {
    const std::string rule =
        "[[rule]]\nfrom = 't'\nrun_id = 'r'\ntime = 'at'\n[rule.event]\nof = ['status', 'state']\n"
        "none = 'Running'\nis = { \"run.completed\" = ['OK'], \"run.cancelled\" = 'stopped' }\n";
    const Mapping mapping = must(parse_mapping(
        rule + "[rule.fields]\nsummary = 's'\nreason = 'e'\nattempt = 'n'\ncolumns = 'c'\n", "m"));
    ASSERT_EQ(mapping.rules.size(), 2U);
    const auto fields = [&](std::size_t index) {
        std::string names;
        for (const auto& [name, value] : mapping.rules[index].fields) names += name + " ";
        return names;
    };
    EXPECT_EQ(mapping.rules[0].event, "run.completed");
    EXPECT_EQ(mapping.rules[0].choice.values, std::vector<std::string>{"ok"});
    EXPECT_EQ(mapping.rules[0].choice.known,
              (std::vector<std::string>{"ok", "stopped", "running"}));
    EXPECT_EQ(fields(0), "summary attempt columns ") << "what is another type's is not for it";
    EXPECT_EQ(mapping.rules[1].event, "run.cancelled");
    EXPECT_EQ(mapping.rules[1].line, mapping.rules[0].line);
    EXPECT_EQ(fields(1), "reason attempt columns ");

    EXPECT_EQ(error_of("[[rule]]\nfrom = 't'\nrun_id = 'r'\ntime = 'at'\nevent = { of = 'x' }\n"),
              "mapping m.toml, line 5: event: expected a type, or a table with 'of', a value, and "
              "'is', a table of types and the values that mean them");
    EXPECT_EQ(error_of("[[rule]]\nfrom = 't'\nrun_id = 'r'\ntime = 'at'\nevent = { of = 'x', none "
                       "= 'a', is = { \"run.started\" = ['b', 'A'] } }\n"),
              "mapping m.toml, line 5: event: 'a' means two of its events");
    EXPECT_EQ(error_of("[[rule]]\nfrom = 't'\nrun_id = 'r'\ntime = 'at'\nevent = 1\n"),
              "mapping m.toml, line 5: event: found an integer, expected an event type or a table");
}

}  // namespace
}  // namespace daybook::legacy
