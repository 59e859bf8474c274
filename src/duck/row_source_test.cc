#include "duck/row_source.h"

#include <algorithm>
#include <atomic>

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

// The numbers below `count` and their squares; several threads draw blocks of them.
class Squares final : public RowSource {
public:
    explicit Squares(std::int64_t count) : count_(count) {}

    std::vector<SourceColumn> columns() const override {
        return {{"n", ColumnType::kBigint}, {"square", ColumnType::kDouble}};
    }
    std::size_t threads_max() const override { return 4; }
    void begin_scan() override { next_ = 0; }
    std::unique_ptr<RowScan> begin_share(std::span<const std::size_t> columns) override;

private:
    friend class SquaresShare;
    std::int64_t count_;
    std::atomic<std::int64_t> next_{0};
};

class SquaresShare final : public RowScan {
public:
    SquaresShare(Squares& squares, std::span<const std::size_t> columns)
        : squares_(squares), columns_(columns.begin(), columns.end()) {}

    Result<std::size_t> fill(ChunkWriter& out) override {
        const std::int64_t begin = squares_.next_.fetch_add(1000);
        if (begin >= squares_.count_) return std::size_t{0};
        if (begin == 70'000) return fail(ErrorCode::kCorrupt, "row 70000 is broken");
        const std::int64_t rows = std::min<std::int64_t>(1000, squares_.count_ - begin);
        for (std::int64_t i = 0; i < rows; ++i) {
            const auto value = static_cast<double>(begin + i);
            const auto row = static_cast<std::size_t>(i);
            for (std::size_t c = 0; c < columns_.size(); ++c) {
                if (columns_[c] == 0) out.column(c).set_int64(row, begin + i);
                if (columns_[c] == 1) out.column(c).set_double(row, value * value);
            }
        }
        return static_cast<std::size_t>(rows);
    }

private:
    Squares& squares_;
    std::vector<std::size_t> columns_;
};

std::unique_ptr<RowScan> Squares::begin_share(std::span<const std::size_t> columns) {
    return std::make_unique<SquaresShare>(*this, columns);
}

using RowSourceTest = DuckTest;

TEST_F(RowSourceTest, SqlReadsAllRowsOnceEachTime) {
    must(connection_.register_source("squares", std::make_shared<Squares>(50'000)));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(text("SELECT count(*) || ' ' || sum(n)::BIGINT FROM squares()"),
                  "50000 1249975000");
    }
}

TEST_F(RowSourceTest, OnlyTheColumnsReadAreFilled) {
    must(connection_.register_source("squares", std::make_shared<Squares>(100)));
    EXPECT_EQ(text("SELECT max(square) FROM squares()"), "9801.0");
    EXPECT_EQ(text("SELECT count(*) FROM squares()"), "100");
}

TEST_F(RowSourceTest, AnErrorOfTheSourceIsTheStatementsError) {
    must(connection_.register_source("squares", std::make_shared<Squares>(100'000)));
    const auto rows = connection_.query("SELECT max(square) FROM squares()");
    ASSERT_FALSE(rows.has_value());
    EXPECT_NE(rows.error().message().find("row 70000 is broken"), std::string::npos);
}

}  // namespace
}  // namespace daybook::duck
