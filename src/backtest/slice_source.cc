#include "backtest/slice_source.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::backtest {
namespace {

struct Piece {
    std::string_view symbol;
    BarsView bars;
};

class SliceScan final : public duck::RowScan {
public:
    SliceScan(const std::vector<Piece>& pieces, std::span<const std::size_t> columns)
        : pieces_(pieces), wanted_(columns.begin(), columns.end()) {}

    Result<std::size_t> fill(duck::ChunkWriter& out) override {
        std::size_t row = 0;
        while (row < duck::ChunkWriter::rows_max() && piece_ < pieces_.size()) {
            const Piece& piece = pieces_[piece_];
            const std::size_t count =
                std::min(duck::ChunkWriter::rows_max() - row, piece.bars.size - next_);
            for (std::size_t i = 0; i < wanted_.size(); ++i) {
                copy(piece, wanted_[i], out.column(i), row, count);
            }
            row += count;
            next_ += count;
            if (next_ == piece.bars.size) {
                ++piece_;
                next_ = 0;
            }
        }
        return row;
    }

private:
    void copy(const Piece& piece, std::size_t column, duck::ColumnWriter& to, std::size_t row,
              std::size_t count) const {
        const double* const prices[] = {piece.bars.open, piece.bars.high, piece.bars.low,
                                        piece.bars.close, piece.bars.volume};
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t bar = next_ + i;
            if (column == 0) {
                to.lend_text(row + i, piece.symbol);
            } else if (column == 1) {
                to.set_int64(row + i, piece.bars.ts[bar]);
            } else if (std::isnan(prices[column - 2][bar])) {
                to.set_null(row + i);
            } else {
                to.set_double(row + i, prices[column - 2][bar]);
            }
        }
    }

    const std::vector<Piece>& pieces_;
    std::vector<std::size_t> wanted_;
    std::size_t piece_ = 0;
    std::size_t next_ = 0;
};

class SliceSource final : public duck::RowSource {
public:
    explicit SliceSource(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

    std::vector<duck::SourceColumn> columns() const override {
        using enum duck::ColumnType;
        return {{"symbol", kVarchar}, {"ts_ms", kBigint}, {"open", kDouble},  {"high", kDouble},
                {"low", kDouble},     {"close", kDouble}, {"volume", kDouble}};
    }
    std::size_t rows_estimate() const override {
        std::size_t rows = 0;
        for (const Piece& piece : pieces_) rows += piece.bars.size;
        return rows;
    }
    std::unique_ptr<duck::RowScan> begin_share(std::span<const std::size_t> columns) override {
        return std::make_unique<SliceScan>(pieces_, columns);
    }

private:
    std::vector<Piece> pieces_;
};

}  // namespace

std::shared_ptr<duck::RowSource> slice_source(const std::map<std::string, Bars>& bars,
                                              const RangesBySymbol& ranges) {
    std::vector<Piece> pieces;
    for (const auto& [symbol, list] : ranges) {
        const auto series = bars.find(symbol);
        if (series == bars.end()) continue;
        const BarsView all = series->second.view();
        for (const TimeRange& range : list) {
            const BarsView piece = all.slice(first_at_or_after(all, range.begin_ms),
                                             first_at_or_after(all, range.end_ms));
            if (piece.size > 0) pieces.push_back({series->first, piece});
        }
    }
    return std::make_shared<SliceSource>(std::move(pieces));
}

}  // namespace daybook::backtest
