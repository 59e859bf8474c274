// What tests of whole runs share: a ledger directory, files of input, and a sink that remembers.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backtest/options.h"
#include "base/clock.h"
#include "base/random.h"
#include "duck/database.h"
#include "event/sink.h"
#include "os/file.h"

namespace daybook::backtest::testing {

// One event, as far as tests look at it; what was borrowed is copied.
struct Recorded {
    std::string run_id;
    std::string type;
    std::string name;          // phase, trial or artifact type
    std::string text;          // config, output_summary, metrics, summary, path or error message
    std::string other;         // fingerprint, params, artifact paths or sha256
    std::int64_t number = -1;  // phase_order, attempt or size
    std::string parent{};      // of run.created
    std::string violations{};  // of trial.recorded, or "feasible"; empty: not judged
};

class MemorySink final : public event::EventSink {
public:
    Result<event::Receipt> emit(std::string_view run_id, const event::Payload& payload,
                                const event::EmitOptions&) override {
        const std::lock_guard lock(mutex_);
        const std::string type(event::type_of(payload));
        if (type == refused_type) return fail(ErrorCode::kNoSpace, "append: no space left");
        Recorded recorded{
            .run_id = std::string(run_id), .type = type, .name = {}, .text = {}, .other = {}};
        std::visit([&](const auto& event) { copy(event, recorded); }, payload);
        if (recorded.text.find('\xff') != std::string::npos) {
            return fail(ErrorCode::kInvalidArgument, "encode: not UTF-8");
        }
        events.push_back(std::move(recorded));
        return event::Receipt{};
    }

    // "phase.started plan", one a line.
    std::string story() const {
        std::string out;
        for (const Recorded& event : events) {
            out += event.type + (event.name.empty() ? "" : " " + event.name) + "\n";
        }
        return out;
    }
    const Recorded& one(std::string_view type, std::string_view name = {}) const {
        for (const Recorded& event : events) {
            if (event.type == type && (name.empty() || event.name == name)) return event;
        }
        ADD_FAILURE() << "no " << type << " " << name;
        static const Recorded kNone{};
        return kNone;
    }

    std::vector<Recorded> events;
    std::string refused_type;  // events of this type are refused

private:
    static std::string text_of(const Fields& fields) { return std::string(fields.json()); }
    template <typename T>
    static void copy(const T&, Recorded&) {}
    static void copy(const event::RunCreated& e, Recorded& out) {
        out.name = e.run_type;
        out.text = text_of(e.config);
        out.other = e.data_fingerprint;
        out.parent = e.parent_run_id.value_or("");
    }
    static void copy(const event::RunStarted& e, Recorded& out) { out.number = *e.attempt; }
    static void copy(const event::PhaseStarted& e, Recorded& out) {
        out.name = e.phase_name;
        out.number = e.phase_order;
    }
    static void copy(const event::PhaseCompleted& e, Recorded& out) {
        out.name = e.phase_name;
        out.text = text_of(e.output_summary);
        out.number = *e.phase_order;
    }
    static void copy(const event::PhaseFailed& e, Recorded& out) {
        out.name = e.phase_name;
        out.text = e.error.message;
    }
    static void copy(const event::RunFailed& e, Recorded& out) {
        out.name = e.error.phase_name.value_or("");
        out.text = e.error.message;
    }
    static void copy(const event::TrialRecorded& e, Recorded& out) {
        out.name = e.trial_id;
        out.text = text_of(e.metrics);
        out.other = text_of(e.params);
        if (e.feasible) out.violations = *e.feasible ? "feasible" : "";
        for (const std::string_view name : e.violations) {
            out.violations += (out.violations.empty() ? "" : " ") + std::string(name);
        }
    }
    static void copy(const event::ArtifactCreated& e, Recorded& out) {
        out.name = e.artifact_type;
        out.text = e.artifact_path;
        out.other = *e.sha256;
        out.number = e.size_bytes;
    }
    static void copy(const event::BaselineCompleted& e, Recorded& out) {
        out.text = e.artifact_path;
        out.other = fmt::format("{} of {}", e.alerts_ok, e.alerts_total);
    }
    static void copy(const event::RunCompleted& e, Recorded& out) {
        out.text = text_of(e.summary);
        out.other = text_of(e.artifact_paths);
        out.number = *e.attempt;
    }

    std::mutex mutex_;
};

class RunTest : public ::testing::Test {
protected:
    RunTest() {
        // Tests run beside each other, each in a process of its own.
        directory_ = fmt::format("{}daybook_run_{}", ::testing::TempDir(), ::getpid());
        EXPECT_TRUE(os::remove_tree(directory_).has_value());
        EXPECT_TRUE(os::make_dirs(ledger()).has_value());
    }
    ~RunTest() override { EXPECT_TRUE(os::remove_tree(directory_).has_value()); }

    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    std::string ledger() const { return path("ledger"); }
    std::string write(const std::string& name, const std::string& text) const {
        EXPECT_TRUE(os::make_dirs(os::parent_path(path(name))).has_value());
        EXPECT_TRUE(os::write_file_atomic(path(name), text).has_value());
        return path(name);
    }
    RunContext context() {
        RunContext context{.ledger_dir = ledger(),
                           .sink = sink_,
                           .clock = clock_,
                           .random = random_,
                           .owner = {},
                           .environment = {},
                           .find_run = {},
                           .progress = {},
                           .warn = [this](const std::string& text) { warnings_.push_back(text); }};
        return context;
    }
    // The first column of what `sql` gives, one row a line; $L in it is the ledger's directory.
    std::string rows(std::string sql) {
        for (std::size_t at = 0; (at = sql.find("$L")) != std::string::npos;) {
            sql.replace(at, 2, ledger());
        }
        auto found = connection_.query(sql);
        if (!found) return found.error().message();
        std::string out;
        while (found->next().value()) {
            for (std::size_t i = 0; i < found->column_count(); ++i) {
                out += (i == 0 ? "" : "|") + found->text(i);
            }
            out += "\n";
        }
        return out;
    }
    // Whether a run has left anything in the ledger or the sink.
    bool nothing_written() const {
        return sink_.events.empty() && !os::exists(ledger() + "/artifacts").value();
    }

    std::string directory_;
    MemorySink sink_;
    ManualClock clock_{TimestampMs(1'769'126'400'250)};
    SeededRandom random_{7};
    std::vector<std::string> warnings_;
    duck::Database database_ = std::move(*duck::Database::open_in_memory());
    duck::Connection connection_ = std::move(*database_.connect());
};

}  // namespace daybook::backtest::testing
