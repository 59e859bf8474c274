#include "lifecycle/paths_in_text.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

using Paths = std::vector<std::string>;

Paths paths(std::string_view text) {
    Paths found;
    each_path_in_text(text, [&](std::string path) { found.push_back(std::move(path)); });
    return found;
}

TEST(PathsInText, GoToTheEndOfTheirString) {
    EXPECT_EQ(paths(R"({"a":"artifacts/runs/r/f","b":["/home/x/artifacts/g"]})"),
              (Paths{"artifacts/runs/r/f", "artifacts/g"}));
    EXPECT_EQ(paths(R"({"a":"artifacts/a\"b","b":"artifacts\/c"})"),
              (Paths{"artifacts/a\"b", "artifacts/c"}));
    EXPECT_EQ(paths(R"({"artifacts":["b"],"c":"artifacts"})"), Paths{});
}

TEST(PathsInText, ANameOfOneLengthEndsWithinASentence) {
    const std::string diff = "artifacts/code/" + std::string(64, 'a') + ".diff";
    EXPECT_EQ(paths("{\"a\":\"see " + diff + ", please\"}"), Paths{diff});
}

TEST(PathsInText, OfADamagedLineWhatIsLeftCounts) {
    EXPECT_EQ(paths(R"(a":"artifacts/runs/r/f)"), Paths{"artifacts/runs/r/f"});
    EXPECT_EQ(paths("artifacts/f\\"), Paths{"artifacts/f\\"});
}

}  // namespace
}  // namespace daybook::lifecycle
