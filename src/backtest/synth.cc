#include "backtest/synth.h"

#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "artifact/table.h"
#include "backtest/candles.h"
#include "duck/database.h"
#include "duck/row_source.h"
#include "duck/sql.h"
#include "os/file.h"

namespace daybook::backtest {
namespace {

using Document = nlohmann::ordered_json;

constexpr std::int64_t kSymbolsMax = 100'000;
constexpr std::int64_t kBarsMax = 10'000'000'000;  // of all symbols
constexpr std::int64_t kCallsMax = 10'000'000;
// Prices stay well within doubles for so long, however the market goes.
constexpr std::int64_t kDaysMax = 36'500;
constexpr std::int64_t kSeedMax = (std::int64_t{1} << 53) - 1;
// Streams of random numbers; those of the symbols count from 1.
constexpr std::int64_t kCallsStream = 0;

std::string symbol_name(std::int64_t symbol) { return fmt::format("SYN{:05}", symbol + 1); }

std::int64_t bar_time(const SynthOptions& options, std::int64_t bar) {
    return start_of(options.start).value() + bar * options.interval.ms;
}

// One symbol after the other, each bar made when it is asked for.
class CandleScan final : public duck::RowScan {
public:
    CandleScan(const SynthOptions& options, const std::vector<std::string>& names,
               std::span<const std::size_t> columns)
        : options_(options), names_(names), wanted_(columns.begin(), columns.end()) {}

    Result<std::size_t> fill(duck::ChunkWriter& out) override {
        if (options_.cancelled && options_.cancelled()) {
            return fail(ErrorCode::kCancelled, "stopped");
        }
        std::size_t row = 0;
        for (; row < duck::ChunkWriter::rows_max() && symbol_ < options_.symbols; ++row) {
            if (!series_) {
                series_.emplace(options_.model, options_.interval,
                                synth_random(options_.seed, symbol_ + 1));
            }
            const SynthBar bar = series_->next();
            for (std::size_t i = 0; i < wanted_.size(); ++i) {
                write(bar, wanted_[i], out.column(i), row);
            }
            if (++bar_ == options_.bars) {
                bar_ = 0;
                ++symbol_;
                series_.reset();
            }
        }
        made_ += row;
        if (options_.progress) options_.progress(made_);
        return row;
    }

private:
    void write(const SynthBar& bar, std::size_t column, duck::ColumnWriter& to,
               std::size_t row) const {
        const double numbers[] = {bar.open, bar.high, bar.low, bar.close, bar.volume};
        if (column == 0) {
            to.lend_text(row, names_[static_cast<std::size_t>(symbol_)]);
        } else if (column == 1) {
            to.set_int64(row, bar_time(options_, bar_));
        } else {
            to.set_double(row, numbers[column - 2]);
        }
    }

    const SynthOptions& options_;
    const std::vector<std::string>& names_;
    std::vector<std::size_t> wanted_;
    std::int64_t symbol_ = 0;
    std::int64_t bar_ = 0;
    std::uint64_t made_ = 0;
    std::optional<SynthSeries> series_;
};

class CandleSource final : public duck::RowSource {
public:
    explicit CandleSource(const SynthOptions& options) : options_(options) {
        for (std::int64_t i = 0; i < options.symbols; ++i) names_.push_back(symbol_name(i));
    }

    std::vector<duck::SourceColumn> columns() const override {
        using enum duck::ColumnType;
        return {
            {"mint", kVarchar}, {"timestamp", kTimestampMs}, {"open", kDouble},  {"high", kDouble},
            {"low", kDouble},   {"close", kDouble},          {"volume", kDouble}};
    }
    std::size_t rows_estimate() const override {
        return static_cast<std::size_t>(options_.symbols * options_.bars);
    }
    std::unique_ptr<duck::RowScan> begin_share(std::span<const std::size_t> columns) override {
        return std::make_unique<CandleScan>(options_, names_, columns);
    }

private:
    const SynthOptions& options_;
    std::vector<std::string> names_;
};

struct SynthCall {
    std::int64_t ts_ms;
    std::int64_t symbol;
    std::int64_t caller;
};

std::vector<SynthCall> draw_calls(const SynthOptions& options) {
    SeededRandom random = synth_random(options.seed, kCallsStream);
    const auto below = [&](std::int64_t end) {
        return std::min(static_cast<std::int64_t>(uniform(random) * static_cast<double>(end)),
                        end - 1);
    };
    const std::int64_t bars = std::max<std::int64_t>(options.bars * 9 / 10, 1);
    std::vector<SynthCall> calls;
    for (std::int64_t i = 0; i < options.calls; ++i) {
        // In the order in which they are written: arguments may be evaluated in any.
        const std::int64_t ts = bar_time(options, below(bars)) + below(options.interval.ms);
        const std::int64_t symbol = below(options.symbols);
        calls.push_back({.ts_ms = ts, .symbol = symbol, .caller = below(options.callers)});
    }
    std::sort(calls.begin(), calls.end(), [](const SynthCall& a, const SynthCall& b) {
        return std::tie(a.ts_ms, a.symbol, a.caller) < std::tie(b.ts_ms, b.symbol, b.caller);
    });
    return calls;
}

artifact::Table calls_table(const SynthOptions& options) {
    using enum duck::ColumnType;
    artifact::Table table(
        {{"id", kVarchar}, {"caller", kVarchar}, {"mint", kVarchar}, {"created_at", kVarchar}});
    std::int64_t number = 0;
    for (const SynthCall& call : draw_calls(options)) {
        table.add_row({fmt::format("call-{:08}", ++number),
                       fmt::format("caller-{:03}", call.caller + 1), symbol_name(call.symbol),
                       to_iso8601(TimestampMs(call.ts_ms))});
    }
    return table;
}

Document regime(const SynthRegime& regime) {
    return {{"drift_per_year", regime.drift},
            {"volatility_per_year", regime.volatility},
            {"mean_days", regime.mean_days}};
}

Document describe(const SynthOptions& options) {
    const SynthModel& model = options.model;
    return {{"synthetic", true},
            {"seed", options.seed},
            {"symbols", options.symbols},
            {"bars", options.bars},
            {"interval", options.interval.name},
            {"start", to_string(options.start)},
            {"calls", options.calls},
            {"callers", options.callers},
            {"model",
             {{"calm", regime(model.calm)},
              {"turbulent", regime(model.turbulent)},
              {"jumps_per_day", model.jumps_per_day},
              {"jump_log_mean", model.jump_mean},
              {"jump_log_deviation", model.jump_deviation},
              {"first_price_median", model.first_price},
              {"volume_per_day", model.volume_per_day},
              {"volume_log_deviation", model.volume_deviation}}}};
}

// The files of one directory: written aside, and renamed once all are there.  What fails in between
// leaves none: a part of them would keep the next run from this directory.
class Directory {
public:
    static Result<Directory> create(const std::string& path) {
        Directory directory(path);
        for (const char* file : {"candles.parquet", "calls.csv", "calls.parquet", "synth.json"}) {
            ASSIGN_OR_RETURN(const bool there, os::exists(directory.path_of(file)));
            if (!there) continue;
            return fail(ErrorCode::kAlreadyExists,
                        "out {}: it holds {} already; choose another directory, or remove it", path,
                        file);
        }
        RETURN_IF_ERROR(os::make_dirs(path));
        return directory;
    }
    Directory(Directory&& other) noexcept = default;
    Directory& operator=(Directory&&) = delete;
    ~Directory() {
        for (const std::string& file : aside_) (void)os::remove_file(aside(file));
        for (const std::string& file : published_) (void)os::remove_file(path_of(file));
    }

    Status copy(duck::Connection& connection, const std::string& from, const std::string& file,
                const std::string& options) {
        aside_.push_back(file);
        auto copied = connection.query(fmt::format("COPY (SELECT * FROM {}()) TO {} ({})", from,
                                                   duck::quote_literal(aside(file)), options));
        if (!copied) {
            return fail(copied.error().with_context(fmt::format("write {}", path_of(file))));
        }
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(aside(file), O_RDONLY));
        return os::sync_data(fd.get(), aside(file));
    }

    Status publish(const std::string& json) {
        for (const std::string& file : aside_) {
            RETURN_IF_ERROR(os::rename(aside(file), path_of(file)));
            published_.push_back(file);
        }
        RETURN_IF_ERROR(os::write_file_atomic(path_of("synth.json"), json + "\n"));
        aside_.clear();
        published_.clear();
        return {};
    }

private:
    explicit Directory(std::string path) : path_(std::move(path)) {}
    std::string path_of(std::string_view file) const { return os::join_path(path_, file); }
    std::string aside(std::string_view file) const { return path_of(fmt::format(".{}.tmp", file)); }

    std::string path_;
    std::vector<std::string> aside_;
    std::vector<std::string> published_;
};

}  // namespace

Status check_synth_options(const SynthOptions& options) {
    const auto check = [](std::string_view option, std::int64_t found, std::int64_t least,
                          std::int64_t most) -> Status {
        if (found >= least && found <= most) return {};
        return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected {} to {}", option, found,
                    least, most);
    };
    RETURN_IF_ERROR(check("symbols", options.symbols, 1, kSymbolsMax));
    RETURN_IF_ERROR(check("bars", options.bars, 2, kBarsMax / options.symbols));
    RETURN_IF_ERROR(check("bars", options.bars, 2, kDaysMax * kDayMs / options.interval.ms));
    RETURN_IF_ERROR(check("calls", options.calls, 0, kCallsMax));
    RETURN_IF_ERROR(check("callers", options.callers, 1, kCallsMax));
    RETURN_IF_ERROR(check("seed", options.seed, 0, kSeedMax));
    const Day last(kDayMax.value() - kDaysMax);
    if (options.start < kDayMin || options.start > last) {
        return fail(ErrorCode::kInvalidArgument, "start: found '{}', expected a day from {} to {}",
                    to_string(options.start), to_string(kDayMin), to_string(last));
    }
    if (options.directory.empty()) {
        return fail(ErrorCode::kInvalidArgument, "out: found '', expected a directory");
    }
    return {};
}

Result<std::string> make_synthetic(const SynthOptions& options) {
    RETURN_IF_ERROR(check_synth_options(options));
    ASSIGN_OR_RETURN(Directory directory, Directory::create(options.directory));
    ASSIGN_OR_RETURN(duck::Database database,
                     duck::Database::open_in_memory({.threads = options.threads}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    std::string document = describe(options).dump();
    // Row groups of a fixed size, so that bytes do not hang on DuckDB's default.
    const std::string parquet = fmt::format(
        "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, KV_METADATA {{{}: {}}}",
        kSyntheticKey, duck::quote_literal(document));
    RETURN_IF_ERROR(connection.register_source("candles", std::make_shared<CandleSource>(options)));
    const Status candles = directory.copy(connection, "candles", "candles.parquet", parquet);
    // DuckDB makes an error of its own of what a scan answers.
    if (!candles && options.cancelled && options.cancelled()) {
        return fail(ErrorCode::kCancelled, "synth: stopped, nothing was kept");
    }
    RETURN_IF_ERROR(candles);
    const std::shared_ptr<duck::RowSource> calls = calls_table(options).source();
    RETURN_IF_ERROR(connection.register_source("calls", calls));
    RETURN_IF_ERROR(directory.copy(connection, "calls", "calls.csv", "FORMAT csv, HEADER true"));
    RETURN_IF_ERROR(directory.copy(connection, "calls", "calls.parquet", parquet));
    RETURN_IF_ERROR(directory.publish(document));
    return document;
}

}  // namespace daybook::backtest
