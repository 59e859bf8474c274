// A ledger whose log grows by a bit of everything, and what its index should hold.
#pragma once

#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "duck/database.h"
#include "index/builder.h"
#include "index/index_layout.h"
#include "index/table_diff.h"
#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::testing {

class GrowingLedger {
public:
    const std::string& root() const { return dir_.path(); }
    index::IndexLayout layout() const { return index::IndexLayout(root()); }

    // Appends a run with 40 trials to one of three parts.
    void add_run() {
        const std::string directory = dir_ / "events/day=2026-01-01";
        expect_ok(os::make_dirs(directory));
        ++runs_;
        std::ofstream part(fmt::format("{}/part-{:06}.jsonl", directory, 1 + runs_ % 3),
                           std::ios::app);
        write(part, "run.created",
              R"("run_type":"x","config":{"a":1},"data_fingerprint":"f","tags":{"k":"v"})");
        write(part, "run.started", R"("owner":{"pid":1})");
        write(part, "phase.started", R"("phase_name":"p","phase_order":0)");
        for (int trial = 0; trial < 40; ++trial) {
            write(part, "trial.recorded",
                  fmt::format(R"("trial_id":"t{}","params":{{"stop":{}}},"metrics":{{"m":{}}})",
                              trial % 30, trial, trial * events_ % 101));
        }
        write(part, "metric.recorded", R"("metrics":{"loss":0.5},"step":1)");
        write(part, "artifact.created",
              R"("artifact_type":"t","artifact_path":"p","size_bytes":1)");
        write(part, "phase.completed", R"("phase_name":"p","duration_ms":5,"output_summary":{})");
        if (runs_ % 2 == 0) write(part, "run.completed", R"("summary":{},"artifact_paths":{})");
    }
    int runs() const { return runs_; }

    // That the published snapshot opens, and that its rows are those its digest says.
    std::string snapshot_digest() const {
        duck::Database database =
            value_of(duck::Database::open(layout().snapshot_path(), {.read_only = true}));
        duck::Connection connection = value_of(database.connect());
        duck::Rows meta = value_of(connection.query("SELECT digest FROM index_meta"));
        EXPECT_TRUE(value_of(meta.next()));
        EXPECT_EQ(index::sum_of(value_of(index::table_digests(connection))).to_hex(), meta.text(0));
        return meta.text(0);
    }

    // What an index comes to that was built in one go, somewhere else.
    std::string clean_digest() const {
        const TempDir elsewhere;
        std::filesystem::copy(dir_ / "events", elsewhere / "events",
                              std::filesystem::copy_options::recursive);
        return value_of(index::build(elsewhere.path())).digest;
    }

private:
    void write(std::ofstream& part, std::string_view type, std::string_view payload) {
        ++events_;
        part << fmt::format(
            R"({{"event_type":"{}","event_id":"{:06}","timestamp_ms":{},"run_id":"r{}",{}}})"
            "\n",
            type, events_, events_, runs_ % 50, payload);
    }

    TempDir dir_;
    int runs_ = 0;
    int events_ = 0;
};

}  // namespace daybook::testing
