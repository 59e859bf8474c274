#include "backtest/fingerprint.h"

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace daybook::backtest {
namespace {

// The data of the worked example in docs/formats/fingerprint.md.
const std::vector<Call> kCalls = {
    {.id = "c1", .caller = "ann", .mint = "A", .chain = "", .created_at_ms = 1704067200000}};
std::map<std::string, Bars> example_bars() {
    std::map<std::string, Bars> bars;
    bars["A"].push(1704067200000, 1, 2, 0.5, 1.5, 10);
    return bars;
}

TEST(Fingerprint, IsTheHashOfThePagesBytes) {
    std::ifstream file(DAYBOOK_SOURCE_DIR "/docs/formats/fingerprint.md");
    ASSERT_TRUE(file.is_open());
    // The lines of the first fenced block: hex digits, then a comment after two blanks.
    std::string bytes;
    std::string fingerprint;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) inside = line == "```hex";
        if (line.starts_with("SHA-256: `")) fingerprint = line.substr(10, 64);
        if (!inside || line.starts_with("```")) continue;
        std::istringstream words(line.substr(0, line.find("  ")));
        for (std::string word; words >> word;) {
            bytes += static_cast<char>(std::stoi(word, nullptr, 16));
        }
    }
    EXPECT_EQ(sha256_hex(bytes), fingerprint);
    EXPECT_EQ(data_fingerprint(kCalls, example_bars()), fingerprint);
}

TEST(Fingerprint, EveryFieldOfACallMatters) {
    const std::string before = data_fingerprint(kCalls, example_bars());
    for (int field = 0; field < 5; ++field) {
        std::vector<Call> calls = kCalls;
        if (field == 0) calls[0].id += "x";
        if (field == 1) calls[0].caller += "x";
        if (field == 2) calls[0].mint += "x";
        if (field == 3) calls[0].chain += "x";
        if (field == 4) calls[0].created_at_ms += 1;
        EXPECT_NE(data_fingerprint(calls, example_bars()), before) << field;
    }
    EXPECT_NE(data_fingerprint({}, example_bars()), before);
}

TEST(Fingerprint, EveryNumberOfABarMatters) {
    const std::string before = data_fingerprint(kCalls, example_bars());
    for (int field = 0; field < 6; ++field) {
        auto bars = example_bars();
        Bars& a = bars["A"];
        if (field == 0) a.ts[0] += 1;
        if (field == 1) a.open[0] = std::nextafter(a.open[0], 2);
        if (field == 2) a.high[0] = std::nextafter(a.high[0], 3);
        if (field == 3) a.low[0] = std::nextafter(a.low[0], 1);
        if (field == 4) a.close[0] = std::nextafter(a.close[0], 2);
        if (field == 5) a.volume[0] = std::nextafter(a.volume[0], 2);
        EXPECT_NE(data_fingerprint(kCalls, bars), before) << field;
    }
}

TEST(Fingerprint, EqualNumbersAreEqualBytes) {
    auto zero = example_bars();
    auto minus_zero = example_bars();
    zero["A"].volume[0] = 0.0;
    minus_zero["A"].volume[0] = -0.0;
    EXPECT_EQ(data_fingerprint(kCalls, zero), data_fingerprint(kCalls, minus_zero));
    zero["A"].volume[0] = std::nan("1");
    minus_zero["A"].volume[0] = -std::nan("2");
    EXPECT_EQ(data_fingerprint(kCalls, zero), data_fingerprint(kCalls, minus_zero));
}

TEST(Fingerprint, LengthsKeepNeighboursApart) {
    std::vector<Call> one = kCalls;
    std::vector<Call> other = kCalls;
    one[0].id = "ab";
    one[0].caller = "c";
    other[0].id = "a";
    other[0].caller = "bc";
    EXPECT_NE(data_fingerprint(one, {}), data_fingerprint(other, {}));
}

}  // namespace
}  // namespace daybook::backtest
