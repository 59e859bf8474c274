// What the tests of this module share: old files made by DuckDB itself, and what comes of them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "duck/database.h"
#include "legacy/event_stream.h"
#include "legacy/mapping.h"
#include "support/temp_dir.h"

namespace daybook::legacy {

// The value, or a failed test that shows the error.
template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message();
        std::abort();
    }
    return std::move(*result);
}
inline void must(const Status& status) {
    ASSERT_TRUE(status.has_value()) << status.error().message();
}

// Runs `sql` in the DuckDB file at `path`, made if need be, and closes it.
inline void run_sql(const std::string& path, const std::string& sql) {
    const duck::Database database = must(duck::Database::open(path));
    duck::Connection connection = must(database.connect());
    must(connection.execute(sql));
}

// The end of each run or phase, "run.failed r1".
inline std::vector<std::string> ends_of(const std::vector<std::string>& events,
                                        std::string_view what) {
    std::vector<std::string> found;
    for (const std::string& event : events) {
        const std::string type = event.substr(15, event.find('"', 15) - 15);
        if (!type.starts_with(what) || type == "run.created" || type.ends_with(".started"))
            continue;
        const std::size_t run = event.find("\"run_id\":\"") + 10;
        found.push_back(type + " " + event.substr(run, event.find('"', run) - run));
    }
    std::sort(found.begin(), found.end());
    return found;
}

// The first note that has `part` in it.
inline std::string note_with(const std::vector<std::string>& notes, std::string_view part) {
    for (const std::string& note : notes) {
        if (note.find(part) != std::string::npos) return note;
    }
    return "no note";
}

class LegacyTest : public ::testing::Test {
protected:
    void run(const std::string& sql) { run_sql(file_, sql); }

    EventStream open(std::string_view mapping = {}) {
        return must(EventStream::open(
            file_,
            mapping.empty() ? must(load_mapping("seed")) : must(parse_mapping(mapping, "test")),
            {.source = "old"}));
    }
    // All events of the file, in their order; what was said goes to report_.
    std::vector<std::string> events(std::string_view mapping = {}) {
        EventStream stream = open(mapping);
        std::vector<std::string> all;
        while (true) {
            const auto batch = must(stream.next(3));
            if (batch.empty()) break;
            for (const std::string_view event : batch) all.emplace_back(event);
        }
        report_ = stream.report();
        return all;
    }
    // The events of one type, from behind the run's id up to the origin.
    std::vector<std::string> payloads(std::string_view type, std::string_view mapping = {}) {
        std::vector<std::string> found;
        for (const std::string& event : events(mapping)) {
            if (!event.starts_with("{\"event_type\":\"" + std::string(type) + "\"")) continue;
            const std::size_t begin = event.find("\"timestamp_ms\"");
            found.push_back(event.substr(begin, event.find(",\"imported_from\"") - begin));
        }
        return found;
    }

    daybook::testing::TempDir dir_;
    std::string file_ = dir_ / "old.duckdb";
    StreamReport report_;
};

}  // namespace daybook::legacy
