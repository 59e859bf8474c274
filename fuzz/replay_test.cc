// Every input that is kept in corpus/, run once: what a fuzzer has found stays found.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "targets.h"

namespace daybook::fuzz {

// A test's name in CTest.
static void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

namespace {

class Corpus : public ::testing::TestWithParam<Target> {};

TEST_P(Corpus, EveryInputKeepsItsPromises) {
    const std::string folder = std::string(DAYBOOK_SOURCE_DIR "/fuzz/corpus/") + GetParam().name;
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        SCOPED_TRACE(entry.path());
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string input((std::istreambuf_iterator<char>(file)), {});
        GetParam().run(input);
        ++count;
    }
    EXPECT_GT(count, 0);
    GetParam().run("");
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, ::testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& variant) { return std::string(variant.param.name); });

}  // namespace
}  // namespace daybook::fuzz
