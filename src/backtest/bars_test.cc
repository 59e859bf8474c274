#include "backtest/bars.h"

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

TEST(Bars, FirstAtOrAfterFindsEveryPlace) {
    Bars bars;
    for (const std::int64_t ts : {10, 20, 30}) bars.push(ts, 1, 1, 1, 1, 1);
    const std::size_t expected[] = {0, 0, 1, 1, 2, 2, 3};
    const std::int64_t times[] = {5, 10, 11, 20, 21, 30, 31};
    for (std::size_t i = 0; i < 7; ++i) {
        EXPECT_EQ(first_at_or_after(bars.view(), times[i]), expected[i]) << times[i];
    }
    EXPECT_EQ(first_at_or_after(BarsView{}, 5), 0u);
}

TEST(Bars, ASliceSharesItsBars) {
    Bars bars;
    for (int i = 0; i < 5; ++i) bars.push(i, i, i, i, i, i);
    const BarsView middle = bars.view().slice(1, 4);
    EXPECT_EQ(middle.size, 3u);
    EXPECT_EQ(middle.ts, bars.ts.data() + 1);
    EXPECT_EQ(middle.volume[2], 3);
    EXPECT_EQ(bars.view().slice(5, 5).size, 0u);
}

TEST(BarsDeath, ASliceBeyondTheEndIsOurBug) {
    Bars bars;
    EXPECT_DEATH(bars.view().slice(0, 1), "size");
}

}  // namespace
}  // namespace daybook::backtest
