#include "schema/compatibility.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "schema/upcast.h"
#include "schema/user_type.h"

namespace daybook::schema {
namespace {

std::vector<std::string> breaks(const std::string& older, const std::string& newer) {
    return compare(Tree::parse(older), Tree::parse(newer)).breaks;
}

std::string only_break(const std::string& older, const std::string& newer) {
    const auto found = breaks(older, newer);
    return found.size() == 1 ? found[0] : std::to_string(found.size()) + " breaks";
}

TEST(Compatibility, ASchemaReadsItself) {
    const std::string schema =
        R"({"type":"object","required":["a"],"properties":{"a":{"anyOf":[{"type":"null"}]}},
        "patternProperties":{"^x":{}},"dependencies":{"a":["b"]},"not":{"type":"array"}})";
    EXPECT_TRUE(breaks(schema, schema).empty());
}

TEST(Compatibility, WhatAReferenceMeansCountsAndNotItsText) {
    for (const std::string& use :
         {std::string(R"("properties":{"o":{"properties":{"x":{"$ref":"#/definitions/A"}}}})"),
          std::string(R"("items":{"$ref":"#/definitions/A"})"),
          std::string(R"("allOf":[{"$ref":"#/definitions/A"}])"),
          std::string(R"("items":{"$ref":"#/definitions/%41"})")}) {
        const auto with = [&use](const std::string& a) {
            return "{" + use + R"(,"definitions":{"A":)" + a + "}}";
        };
        EXPECT_FALSE(breaks(with(R"({"type":"number"})"), with(R"({"type":"string"})")).empty())
            << use;
        EXPECT_TRUE(breaks(with(R"({"type":"number"})"), with(R"({"type":"number"})")).empty())
            << use;
    }
}

TEST(Compatibility, WhatForbidsAllIsNoLooserThanWhatForbidsSomething) {
    for (const char* const keyword : {"contains", "propertyNames", "then", "if"}) {
        const std::string newer = std::string("{\"") + keyword + "\":false}";
        EXPECT_EQ(breaks("{}", newer).size(), 1U) << keyword;
    }
    EXPECT_TRUE(breaks("{}", R"({"not":false,"uniqueItems":false})").empty());
    EXPECT_FALSE(breaks(R"({"items":[{}]})", R"({"items":[{}],"additionalItems":false})").empty());
}

TEST(Compatibility, ListedValuesAreHeldAgainstTypeAndConstToo) {
    EXPECT_FALSE(breaks(R"({"enum":[1,"a"]})", R"({"enum":[1,"a"],"type":"integer"})").empty());
    EXPECT_FALSE(breaks(R"({"enum":[1,2]})", R"({"enum":[1,2],"const":1})").empty());
    EXPECT_TRUE(breaks(R"({"enum":[1,2],"const":1})", R"({"const":1})").empty());
}

// A pair of definitions is compared once, however many ways lead to it.
TEST(Compatibility, ManyWaysToTheSameDefinitionsTakeNoLonger) {
    const auto schema = [](const std::string& last) {
        std::string text = R"({"properties":{"a":{"$ref":"#/definitions/d0"}},"definitions":{)";
        for (int i = 0; i < 40; ++i) {
            const std::string next = R"({"$ref":"#/definitions/d)" + std::to_string(i + 1) + "\"}";
            text += "\"d" + std::to_string(i) + R"(":{"description":")" + last +
                    R"(","properties":{"a":)" + next + R"(,"b":)" + next + "}},";
        }
        return text + R"("d40":{"type":")" + last + "\"}}}";
    };
    EXPECT_EQ(breaks(schema("number"), schema("string")).size(), 1U);
}

TEST(Compatibility, BreaksWithoutEndAreCutOff) {
    std::string properties;
    for (int i = 0; i < 500; ++i) {
        properties += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + R"(":{"type":"T"})";
    }
    const auto of = [&](const std::string& type) {
        std::string text = R"({"properties":{)" + properties + "}}";
        for (std::size_t at = text.find("\"T\""); at != std::string::npos;
             at = text.find("\"T\"", at)) {
            text.replace(at, 3, "\"" + type + "\"");
        }
        return text;
    };
    const auto found = breaks(of("number"), of("string"));
    EXPECT_EQ(found.size(), 101U);
    EXPECT_EQ(found.back(), "and more");
}

TEST(Compatibility, AnUpcastMayMakeUntrueWhatIsSaidOfTheWholeObject) {
    const auto after = [](const std::string& keyword, const std::string& step) {
        Tree older = Tree::parse(R"({"properties":{"p":{}},)" + keyword + "}");
        const Tree newer = Tree::parse(R"({"x-upcast":[)" + step + "]," + keyword + "}");
        apply_upcast_to_schema(parse_upcast(newer).value(), older);
        return !compare(older, newer).breaks.empty();
    };
    EXPECT_TRUE(
        after(R"("allOf":[{"required":["p"]}])", R"({"op":"rename","path":"/p","to":"q"})"));
    EXPECT_TRUE(after(R"("maxProperties":1)", R"({"op":"default","path":"/q","value":1})"));
    EXPECT_FALSE(after(R"("minimum":1)", R"({"op":"rename","path":"/p","to":"q"})"));
}

TEST(Compatibility, ALooserSchemaReadsAStricterOne) {
    EXPECT_TRUE(breaks(R"({"type":"integer"})", R"({"type":"number"})").empty());
    EXPECT_TRUE(breaks(R"({"type":"integer"})", R"({"type":["integer","null"]})").empty());
    EXPECT_TRUE(breaks(R"({"minimum":1})", R"({"minimum":0})").empty());
    EXPECT_TRUE(breaks(R"({"maxLength":5})", R"({"maxLength":6})").empty());
    EXPECT_TRUE(breaks(R"({"enum":[1]})", R"({"enum":[1,2]})").empty());
    EXPECT_TRUE(breaks(R"({"enum":["a"]})", R"({"type":"string"})").empty());
    EXPECT_TRUE(breaks(R"({"const":1})", R"({"enum":[1,2]})").empty());
    EXPECT_TRUE(breaks(R"({"required":["a","b"]})", R"({"required":["a"]})").empty());
    EXPECT_TRUE(breaks(R"({"additionalProperties":false})", R"({})").empty());
    EXPECT_TRUE(breaks(R"({"pattern":"a"})", R"({})").empty());
}

TEST(Compatibility, EachKindOfBreakIsNamedWithItsPlace) {
    EXPECT_EQ(only_break(R"({"type":"number"})", R"({"type":"integer"})"),
              "/: may have been number, which is not allowed any more");
    EXPECT_EQ(only_break(R"({"required":[]})", R"({"required":["a/b"]})"),
              "/a~1b: required, and older events may lack it");
    EXPECT_EQ(only_break(R"({"enum":[1,2]})", R"({"enum":[1]})"),
              "/: may have been 2, which is not allowed any more");
    EXPECT_EQ(only_break(R"({"enum":["a",1]})", R"({"type":"string"})"),
              "/: may have been 1, which is not allowed any more");
    EXPECT_EQ(only_break(R"({"type":"string"})", R"({"type":"string","enum":["a"]})"),
              "/: only a few values are allowed, and it may have been others");
    EXPECT_EQ(only_break(R"({"minimum":0})", R"({"minimum":1})"),
              "/: minimum 1 is stricter than 0");
    EXPECT_EQ(only_break(R"({})", R"({"maximum":1})"), "/: maximum 1 is new");
    EXPECT_EQ(only_break(R"({"pattern":"a"})", R"({"pattern":"b"})"),
              "/: `pattern` is new or has changed");
    EXPECT_EQ(only_break(R"({"type":"array","items":{"type":"string"}})",
                         R"({"type":"array","items":{"type":"number"}})"),
              "/*: may have been string, which is not allowed any more");
    EXPECT_EQ(only_break(R"({"properties":{"a":{"type":"string"}}})",
                         R"({"properties":{"a":{"type":"null"}}})"),
              "/a: may have been string, which is not allowed any more");
}

TEST(Compatibility, EveryBoundBreaksWhenItIsNewOrStricter) {
    for (const char* const bound :
         {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}) {
        const auto with = [&](int value) {
            return "{\"" + std::string(bound) + "\":" + std::to_string(value) + "}";
        };
        EXPECT_EQ(breaks(with(1), with(2)).size(), 1) << bound;
        EXPECT_EQ(breaks("{}", with(2)).size(), 1) << bound;
        EXPECT_EQ(breaks(with(2), with(1)).size(), 0) << bound;
    }
    for (const char* const bound :
         {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}) {
        const auto with = [&](int value) {
            return "{\"" + std::string(bound) + "\":" + std::to_string(value) + "}";
        };
        EXPECT_EQ(breaks(with(2), with(1)).size(), 1) << bound;
        EXPECT_EQ(breaks("{}", with(2)).size(), 1) << bound;
        EXPECT_EQ(breaks(with(1), with(2)).size(), 0) << bound;
    }
}

TEST(Compatibility, WhatCannotBeProvedIsABreak) {
    for (const char* const keyword :
         {"allOf", "anyOf", "oneOf", "not", "if", "propertyNames", "patternProperties",
          "dependencies", "contains", "multipleOf", "pattern"}) {
        EXPECT_EQ(breaks("{}", "{\"" + std::string(keyword) + "\":7}").size(), 1) << keyword;
        EXPECT_EQ(breaks("{\"" + std::string(keyword) + "\":7}", "{}").size(), 0) << keyword;
    }
}

TEST(Compatibility, ClosingTheContentModelBreaks) {
    EXPECT_FALSE(breaks(R"({"type":"object"})", R"({"type":"object","additionalProperties":false})")
                     .empty());
    EXPECT_FALSE(breaks(R"({"type":"object","properties":{"a":{}},"additionalProperties":false})",
                        R"({"type":"object","additionalProperties":false})")
                     .empty());
}

TEST(Compatibility, ANewNameInAnOpenContentModelIsANote) {
    const Compatibility open =
        compare(Tree::parse(R"({"type":"object"})"),
                Tree::parse(R"({"type":"object","properties":{"a":{"type":"string"}}})"));
    EXPECT_TRUE(open.breaks.empty());
    ASSERT_EQ(open.notes.size(), 1);
    EXPECT_TRUE(open.notes[0].starts_with("/a: older events could have a field of this name"));
}

TEST(Compatibility, NamesThatMatchAPatternAreNotTakenToBeForbidden) {
    EXPECT_FALSE(
        breaks(R"({"type":"object","patternProperties":{"^a":{}},"additionalProperties":false})",
               R"({"type":"object","additionalProperties":false})")
            .empty());
}

TEST(Compatibility, ReferencesWithinASchemaAreFollowed) {
    const std::string text =
        R"({"properties":{"a":{"$ref":"#/definitions/x"}},"definitions":{"x":{"type":"TYPE"}}})";
    const auto with = [&](const std::string& type) {
        std::string copy = text;
        return copy.replace(copy.find("TYPE"), 4, type);
    };
    EXPECT_TRUE(breaks(with("string"), with("string")).empty());
    EXPECT_EQ(only_break(with("string"), with("number")),
              "/a: may have been string, which is not allowed any more");
}

TEST(Compatibility, ASchemaThatRefersToItselfComesToAnEnd) {
    EXPECT_TRUE(breaks(R"({"properties":{"a":{"$ref":"#"}},"title":"x"})",
                       R"({"properties":{"a":{"$ref":"#"}},"title":"y"})")
                    .empty());
}

TEST(Compatibility, AMalformedKeywordIsABreakAndNoCrash) {
    EXPECT_FALSE(breaks("{}", R"({"required":[7]})").empty());
    EXPECT_FALSE(breaks("{}", R"({"type":[7]})").empty());
}

// Random small schemas and events: whatever compare() lets pass must hold for every event.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t end) { return random_.next() % end; }
    bool coin() { return below(2) == 0; }

    Tree field_schema(int depth) {
        Tree schema = Tree::object();
        const std::vector<std::string> types = {"string", "integer", "number", "boolean",
                                                "null",   "array",   "object"};
        if (coin()) schema["type"] = types[below(types.size())];
        if (below(4) == 0) schema["type"] = Tree::array({types[below(7)], types[below(7)]});
        if (below(4) == 0) schema["enum"] = Tree::array({value(0), value(0), value(0)});
        if (below(4) == 0) schema["minimum"] = below(3);
        if (below(4) == 0) schema["maximum"] = below(3) + 1;
        if (below(6) == 0) schema["minLength"] = below(2);
        if (below(6) == 0) schema["maxLength"] = below(3);
        if (below(6) == 0) schema["minItems"] = below(2);
        if (depth > 0 && below(5) == 0) schema["items"] = field_schema(depth - 1);
        if (depth > 0 && below(4) == 0) schema.update(object_schema(depth - 1));
        return schema;
    }

    Tree object_schema(int depth) {
        Tree schema{{"type", "object"}};
        for (const char* const name : {"a", "b", "c"}) {
            if (coin()) schema["properties"][name] = field_schema(depth);
            if (below(4) == 0) schema["required"].push_back(name);
        }
        if (below(3) == 0) schema["additionalProperties"] = false;
        if (below(5) == 0) schema["additionalProperties"] = field_schema(0);
        return schema;
    }

    Tree value(int depth) {
        switch (below(depth > 0 ? 8 : 6)) {
            case 0: return nullptr;
            case 1: return coin();
            case 2: return below(4);
            case 3: return static_cast<double>(below(4)) + 0.5;
            case 4: return std::string(below(4), 'x');
            case 5: return coin() ? "1" : "true";
            case 6: return below(2) == 0 ? Tree::array() : Tree::array({value(depth - 1)});
            default: return object(depth - 1);
        }
    }

    Tree object(int depth) {
        Tree event = Tree::object();
        for (const char* const name : {"a", "b", "c", "d"}) {
            if (below(3) > 0) event[name] = value(depth);
        }
        return event;
    }

    Tree upcast() {
        const std::vector<std::string> paths = {"/a", "/b", "/c", "/a/b", "/c/a"};
        const std::vector<std::string> types = {"integer", "number", "string", "boolean"};
        Tree steps = Tree::array();
        for (std::size_t n = below(3); n > 0; --n) {
            Tree step{{"path", paths[below(paths.size())]}};
            switch (below(5)) {
                case 0: step.update({{"op", "rename"}, {"to", coin() ? "c" : "b"}}); break;
                case 1: step.update({{"op", "move"}, {"to", paths[below(paths.size())]}}); break;
                case 2: step.update({{"op", "default"}, {"value", value(0)}}); break;
                case 3: step.update({{"op", "drop"}}); break;
                default: step.update({{"op", "cast"}, {"to", types[below(4)]}}); break;
            }
            steps.push_back(step);
        }
        return steps;
    }

private:
    SeededRandom random_;
};

std::shared_ptr<const UserType> compiled(Tree schema) {
    schema["title"] = "test.type";
    auto type = UserType::compile(std::move(schema));
    EXPECT_TRUE(type.has_value()) << type.error().message();
    return type.value_or(nullptr);
}

TEST(Compatibility, WhatIsFoundCompatibleReadsEveryOlderEventAfterItsUpcast) {
    Generator random(7);
    int compatible = 0;
    int events = 0;
    for (int i = 0; i < 5'000; ++i) {
        const Tree older = random.object_schema(1);
        Tree newer = random.coin() ? random.object_schema(1) : older;
        newer["x-upcast"] = random.upcast();
        const auto steps = parse_upcast(newer);
        ASSERT_TRUE(steps.has_value());
        Tree upcasted = older;
        apply_upcast_to_schema(*steps, upcasted);
        const Compatibility found = compare(upcasted, newer);
        if (!found.breaks.empty() || !found.notes.empty()) continue;
        ++compatible;
        const auto before = compiled(older);
        const auto after = compiled(newer);
        for (int k = 0; k < 20; ++k) {
            Tree event = random.object(2);
            if (!before->check(event.dump())) continue;
            const std::string original = event.dump();
            if (!apply_upcast(*steps, event)) continue;
            ++events;
            ASSERT_TRUE(after->check(event.dump())) << older << "\n"
                                                    << newer << "\n"
                                                    << original << "\n"
                                                    << event;
        }
    }
    EXPECT_GT(compatible, 125);
    EXPECT_GT(events, 250);
}

}  // namespace
}  // namespace daybook::schema
