// Ledgers with runs to carry from one to the other, for the tests of bundles, merges and backups.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/log_source.h"
#include "base/hash.h"
#include "daybook/ledger.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"
#include "log/scan.h"
#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {

// A ledger in a directory of its own, which it makes with the first event.
class TestLedger {
public:
    TestLedger() = default;
    // One that is somewhere else, and stays there.
    explicit TestLedger(std::string root) : root_(std::move(root)) {}

    const std::string& root() const { return root_; }
    ledger::LedgerDir dir() const { return ledger::LedgerDir(root_); }

    // A run with so many trials, and an artifact of these bytes below artifacts/ unless they are
    // empty.
    void add_run(const std::string& run_id, int trials, const std::string& artifact = "") {
        Ledger ledger = testing::value_of(Ledger::open(root_, {.background = false}));
        Run run = testing::value_of(ledger.start_run({.type = "policy",
                                                      .config = {{"stop", 0.05}},
                                                      .run_id = run_id,
                                                      .capture = Capture::kNone}));
        for (int i = 0; i < trials; ++i) {
            testing::expect_ok(
                run.record_trial(fmt::format("t{}", i), {{"stop", 0.01 * i}}, {{"sharpe", 1.5}}));
        }
        if (!artifact.empty()) {
            const std::string path = fmt::format("artifacts/runs/{}/curve.csv", run_id);
            put(path, artifact);
            testing::expect_ok(run.add_artifact(root_ + "/" + path, "curve"));
        }
        testing::expect_ok(run.complete({{"trials", trials}}));
    }
    void emit(std::string_view event) {
        Ledger ledger = testing::value_of(Ledger::open(root_, {.background = false}));
        testing::value_of(ledger.emit_json(event));
    }

    std::string path(const std::string& place) const { return root_ + "/" + place; }
    void put(const std::string& place, std::string_view bytes) const {
        std::filesystem::create_directories(std::filesystem::path(path(place)).parent_path());
        std::ofstream(path(place), std::ios::binary) << bytes;
    }
    std::string read(const std::string& place) const {
        std::ifstream file(path(place), std::ios::binary);
        if (!file) return "(none)";
        std::ostringstream bytes;
        bytes << file.rdbuf();
        return bytes.str();
    }

    // The events of the log by id, without their trailers; those of the ledger itself are left out
    // unless `with_own`.
    std::map<std::string, std::string> events(bool with_own = false) const {
        std::map<std::string, std::string> found;
        const log::LogSource source = archive::log_source(dir());
        json::EnvelopeReader envelopes;
        for (const log::PartInfo& part : testing::value_of(log::list_parts(source))) {
            log::PartReader reader = testing::value_of(log::PartReader::open(source, part.id));
            while (const log::Line* line = testing::value_of(reader.next_line())) {
                const auto event = ledger::event_of(*line, envelopes);
                if (!event) continue;
                if (!with_own && event->event_type.starts_with("ledger.")) continue;
                const bool is_new =
                    found.emplace(std::string(event->event_id), std::string(line->body)).second;
                EXPECT_TRUE(is_new) << event->event_id << " is there twice";
            }
        }
        return found;
    }
    // How many events of a type there are.
    std::size_t count(std::string_view type) const {
        const auto all = events(true);
        const std::string text = fmt::format("\"event_type\":\"{}\"", type);
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& e) {
            return e.second.find(text) != std::string::npos;
        }));
    }

    // Every file below the ledger, and the SHA-256 of its bytes; locks and the room in reserve are
    // none of it.
    std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> found;
        if (!std::filesystem::exists(root_)) return found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
            if (!entry.is_regular_file()) continue;
            const std::string place = entry.path().string().substr(root_.size() + 1);
            if (place.ends_with(".lock") || place.ends_with("_reserve")) continue;
            found[place] = sha256_hex(read(place));
        }
        return found;
    }

private:
    testing::TempDir temp_;
    std::string root_ = temp_ / "ledger";
};

// The message of an error, or "" for success.
template <typename T>
std::string error_of(const Result<T>& result) {
    return result ? std::string() : result.error().message();
}

}  // namespace daybook::lifecycle
