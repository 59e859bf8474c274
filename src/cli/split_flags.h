// The flags that say on which calls a search chooses its policy and on which it tests it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "backtest/validation.h"
#include "base/result.h"

namespace daybook::cli {

class SplitFlags {
public:
    void declare(CLI::App& app);
    // kInvalidArgument names the flag, what was found and what was expected.  `seed` is the
    // search's.
    Result<backtest::Validation> read(std::uint64_t seed) const;

    // Whether a seed decides which calls are chosen on.
    bool draws() const { return split_ == "caller" || split_ == "random"; }

private:
    Result<backtest::SplitSpec> read_split(std::uint64_t seed) const;
    Result<backtest::FoldSpec> read_folds() const;
    Result<std::int64_t> read_embargo() const;

    std::string split_;
    std::optional<double> train_;
    std::optional<std::int64_t> folds_;
    std::string scheme_;
    std::string embargo_;
};

}  // namespace daybook::cli
