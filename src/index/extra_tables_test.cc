#include "index/extra_tables.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "index/overlay.h"
#include "os/file.h"
#include "support/extra_ledger.h"
#include "support/history_ledger.h"
#include "support/random_events.h"

namespace daybook::index {
namespace {

using Values = std::vector<std::string>;

// "{"event_type":"<type>","run_id":"<run>","timestamp_ms":<time><more>}"
std::string event(const std::string& type, const std::string& run, std::int64_t time,
                  const std::string& more = "") {
    return fmt::format(R"({{"event_type":"{}","run_id":"{}","timestamp_ms":{}{}}})", type, run,
                       time, more);
}
std::string trial(const std::string& run, const std::string& id) {
    return event("trial.recorded", run, 5, fmt::format(R"(,"trial_id":"{}","metrics":{{}})", id));
}

class ExtraTablesTest : public ::testing::Test {
protected:
    // The log with the sources beside it, ready to be asked.
    duck::Connection& open(std::vector<ExtraIndex> indexes) {
        const std::string path = IndexLayout(log_.root()).snapshot_path();
        const bool is_there = testing::value_of(os::exists(path));
        Overlay overlay = testing::value_of(Overlay::open(log_.root(), is_there ? path : "", {}));
        testing::expect_ok(overlay.attach_extras(indexes));
        notes_ = overlay.extras().notes;
        testing::expect_ok(overlay.apply());
        // What goes wrong with all sources is a note, and no error.
        EXPECT_EQ(overlay.extras().notes, notes_);
        connection_.reset();
        auto [database, connection] = std::move(overlay).release();
        database_ = std::make_unique<duck::Database>(std::move(database));
        connection_ = std::make_unique<duck::Connection>(std::move(connection));
        return *connection_;
    }
    Values rows(const std::string& sql) {
        duck::Rows rows = testing::value_of(connection_->query(sql));
        Values values;
        while (testing::value_of(rows.next())) {
            std::string line;
            for (std::size_t i = 0; i < rows.column_count(); ++i) {
                line += (i > 0 ? " | " : "") + (rows.is_null(i) ? "-" : rows.text(i));
            }
            values.push_back(line);
        }
        return values;
    }
    Values runs() { return rows("SELECT run_id, source FROM latest_runs ORDER BY run_id"); }

    testing::LedgerLines log_;
    testing::ExtraLedger old_{"old"};
    testing::ExtraLedger dated_{"dated", Day(3)};  // 1970-01-04
    std::unique_ptr<duck::Database> database_;
    std::unique_ptr<duck::Connection> connection_;
    Values notes_;
};

TEST_F(ExtraTablesTest, EachRunComesFromTheStoreThatHasIt) {
    log_.created("new", 2);
    old_.lines().created("before", 1);
    open({old_.index()});
    EXPECT_EQ(runs(), (Values{"before | legacy", "new | event_log"}));
    EXPECT_EQ(rows("SELECT run_id, source_name FROM run_sources ORDER BY 1"),
              (Values{"before | old", "new | -"}));
    EXPECT_EQ(rows("SELECT count(*) FROM runs_d"), Values{"2"});
    EXPECT_EQ(rows("SELECT count(*) FROM _legacy.runs_d"), Values{"1"});
}

TEST_F(ExtraTablesTest, OfARunThatBothHaveTheLogCountsWithoutACutOver) {
    for (auto* lines : {&log_, &old_.lines()}) lines->created("r", 1);
    log_.append({trial("r", "of the log")});
    old_.lines().append({trial("r", "of old"), trial("r", "of old too")});
    open({old_.index()});
    EXPECT_EQ(runs(), Values{"r | event_log"});
    EXPECT_EQ(rows("SELECT trial_id FROM trial_results"), Values{"of the log"});
    EXPECT_EQ(rows("SELECT trials FROM latest_runs"), Values{"1"});
}

TEST_F(ExtraTablesTest, ARunBeforeTheCutOverComesFromTheSource) {
    const auto last_before = static_cast<int>(3 * kDayMs - 1);
    for (auto* lines : {&log_, &dated_.lines()}) {
        lines->created("before", last_before);
        lines->created("after", last_before + 1);
    }
    log_.append({trial("before", "of the log"), trial("after", "of the log")});
    dated_.lines().append({trial("before", "old"), trial("after", "old")});
    open({dated_.index()});
    EXPECT_EQ(runs(), (Values{"after | event_log", "before | legacy"}));
    EXPECT_EQ(rows("SELECT run_id, trial_id FROM trial_results ORDER BY 1"),
              (Values{"after | of the log", "before | old"}));
}

TEST_F(ExtraTablesTest, TheLogsTimeDecidesWhereTheTwoDisagree) {
    log_.created("r", static_cast<int>(3 * kDayMs));
    dated_.lines().created("r", 1);
    open({dated_.index()});
    EXPECT_EQ(runs(), Values{"r | event_log"});
    EXPECT_EQ(rows("SELECT log_created_at_ms, legacy_created_at_ms FROM _legacy.shared_runs"),
              Values{"259200000 | 1"});
}

TEST_F(ExtraTablesTest, WhereTheLogSaysNoTimeTheSourcesDecides) {
    for (const char* run : {"early", "late"}) log_.append({event("run.started", run, 7)});
    dated_.lines().created("early", 1);
    dated_.lines().created("late", static_cast<int>(3 * kDayMs));
    open({dated_.index()});
    EXPECT_EQ(runs(), (Values{"early | legacy", "late | event_log"}));
}

TEST_F(ExtraTablesTest, WhatPeopleSayOfARunStaysWithIt) {
    old_.lines().created("r", 1);
    old_.lines().append(
        {event("run.tagged", "r", 2, R"(,"tags":{"a":"old","b":"old"})"), trial("r", "t")});
    log_.append({event("run.tagged", "r", 9, R"(,"tags":{"a":"new"},"note":"seen")"),
                 event("run.tagged", "r", 1, R"(,"tags":{"b":"too early"})")});
    open({old_.index()});
    EXPECT_EQ(runs(), Values{"r | legacy"});
    EXPECT_EQ(rows("SELECT trial_id FROM trial_results"), Values{"t"});
    EXPECT_EQ(rows("SELECT tags, last_event_ms FROM latest_runs"), Values{"{a=new, b=old} | 9"});
    EXPECT_EQ(rows("SELECT note FROM run_notes"), Values{"seen"});
    log_.append({event("run.deleted", "r", 10)});
    open({old_.index()});
    EXPECT_EQ(runs(), Values());
    log_.append({event("run.restored", "r", 11)});
    open({old_.index()});
    EXPECT_EQ(runs(), Values{"r | legacy"});
}

// An import goes table by table: until it has said that it is done, the log may have a run without
// its trials.
TEST_F(ExtraTablesTest, ARunThatTheLogHasHalfByAnImportComesFromItsSource) {
    const auto imported = [](const std::string& type, const std::string& run, int number,
                             const std::string& more) {
        return event(type, run, 5,
                     fmt::format(R"(,"event_id":"00000000-0000-8000-8000-{:012}"{},)"
                                 R"("imported_from":{{"source":"old","table":"t","key":[]}})",
                                 number, more));
    };
    const std::string made = R"(,"run_type":"x","config":{},"data_fingerprint":"")";
    const auto trials = [&](const std::string& run, int number) {
        return imported("trial.recorded", run, number,
                        fmt::format(R"(,"trial_id":"t{}","params":{{}},"metrics":{{}})", number));
    };
    old_.lines().append({imported("run.created", "half", 1, made), trials("half", 2),
                         trials("no row of its own", 3), imported("run.created", "own", 4, made),
                         trials("only the log's trials", 5)});
    // The import has come to the first rows of some; people have said something since.
    log_.append({imported("run.created", "half", 1, made), trials("no row of its own", 3),
                 event("run.tagged", "half", 9, R"(,"tags":{"a":"b"})")});
    log_.created("own", 7);
    log_.append({trial("only the log's trials", "mine")});
    ExtraIndex index = old_.index();
    index.import_id = "00000000-0000-8000-8000-00000000ffff";
    open({index});
    EXPECT_EQ(runs(), (Values{"half | legacy", "no row of its own | legacy",
                              "only the log's trials | event_log", "own | event_log"}));
    EXPECT_EQ(rows("SELECT run_id, trial_id FROM trial_results ORDER BY 1"),
              (Values{"half | t2", "no row of its own | t3", "only the log's trials | mine"}));
    EXPECT_EQ(rows("SELECT tags, last_event_ms FROM latest_runs WHERE run_id = 'half'"),
              Values{"{a=b} | 9"});
    EXPECT_EQ(rows("SELECT run_id FROM _legacy.shared_runs WHERE only_imported ORDER BY 1"),
              (Values{"half", "no row of its own"}));

    // Without such an id the log counts, as for a source whose import nobody could recognize.
    open({old_.index()});
    EXPECT_EQ(rows("SELECT DISTINCT source FROM latest_runs"), Values{"event_log"});

    // Another import's word is none of this one's.
    const auto done = [&](const char* last) {
        return event("ledger.imported", "_ledger", 8,
                     fmt::format(R"(,"event_id":"00000000-0000-8000-8000-00000000{}","source":"x",)"
                                 R"("events":5,"tables":{{}})",
                                 last));
    };
    log_.append({done("eeee")});
    open({index});
    EXPECT_EQ(rows("SELECT count(*) FROM latest_runs WHERE source = 'legacy'"), Values{"2"});
    // Nor is that of an import that has read the file earlier; of a later one it is.
    index.copied_at_ms = 100;
    index.reading = "so";
    const auto read_at = [&](int number, int copied_at, const char* reading = "so") {
        return event("ledger.imported", "_ledger", 8,
                     fmt::format(R"(,"event_id":"00000000-0000-8000-8000-00000000ee{:02}",)"
                                 R"("source":"x","source_name":"old","events":5,)"
                                 R"("reading":"{}","copied_at_ms":{})",
                                 number, reading, copied_at));
    };
    log_.append({read_at(1, 99), read_at(2, 200, "otherwise")});
    open({index});
    EXPECT_EQ(rows("SELECT count(*) FROM latest_runs WHERE source = 'legacy'"), Values{"2"});
    ExtraIndex older = index;
    older.copied_at_ms = 99;
    open({older});
    EXPECT_EQ(rows("SELECT DISTINCT source FROM latest_runs"), Values{"event_log"});
    log_.append({trials("half", 2), done("ffff")});
    open({index});
    EXPECT_EQ(rows("SELECT DISTINCT source FROM latest_runs"), Values{"event_log"});
    EXPECT_EQ(rows("SELECT trial_id FROM trial_results WHERE run_id = 'half'"), Values{"t2"});
}

// As Python's json.dumps() writes a file's name that is not UTF-8.
TEST_F(ExtraTablesTest, WhatDuckDbDoesNotTakeForJsonCostsNoSourceItsRuns) {
    old_.lines().created("r", 1);
    const std::string odd = R"(,"path":"/data/caf\udce9.csv")";
    log_.append({event("run.created", "r", 2,
                       R"(,"event_id":"00000000-0000-8000-8000-000000000001","run_type":"x",)"
                       R"("config":{},"data_fingerprint":"")" +
                           odd),
                 event("ledger.imported", "_ledger", 3, R"(,"source":"x","events":1)" + odd)});
    ExtraIndex index = old_.index();
    index.import_id = "00000000-0000-8000-8000-00000000ffff";
    open({index});
    EXPECT_EQ(runs(), Values{"r | event_log"});
}

TEST_F(ExtraTablesTest, TheFirstAttachedSourceWins) {
    testing::ExtraLedger second("second");
    old_.lines().created("r", 1);
    second.lines().created("r", 2);
    second.lines().created("s", 2);
    open({old_.index(), second.index()});
    EXPECT_EQ(rows("SELECT run_id, source_name FROM run_sources ORDER BY 1"),
              (Values{"r | old", "s | second"}));
    EXPECT_EQ(rows("SELECT created_at_ms FROM runs_d ORDER BY run_id"), (Values{"1", "2"}));
    open({second.index(), old_.index()});
    EXPECT_EQ(rows("SELECT created_at_ms FROM runs_d ORDER BY run_id"), (Values{"2", "2"}));
}

TEST_F(ExtraTablesTest, WhatASourceSaysOfItsOwnLedgerIsNoEventOfThisOne) {
    old_.lines().append({event("ledger.imported", "_ledger", 1)});
    log_.append({event("ledger.repaired", "_ledger", 1)});
    open({old_.index()});
    EXPECT_EQ(rows("SELECT event_type FROM custom_events"), Values{"ledger.repaired"});
}

TEST_F(ExtraTablesTest, ASourceThatCannotBeReadIsNotedAndTheRestAnswers) {
    log_.created("new", 2);
    old_.lines().created("before", 1);
    open({{.name = "gone", .snapshot = "/nowhere/gen-000001.duckdb"}, old_.index()});
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_NE(notes_[0].find("the runs of gone are left out: /nowhere/gen-000001.duckdb"),
              std::string::npos)
        << notes_[0];
    EXPECT_EQ(runs(), (Values{"before | legacy", "new | event_log"}));
}

TEST_F(ExtraTablesTest, AnIndexOfAnotherFormatIsLeftOut) {
    log_.created("new", 2);
    old_.lines().created("before", 1);
    ExtraIndex index = old_.index();
    const std::string other = old_.lines().root() + "/other.duckdb";
    testing::expect_ok(os::copy_file(index.snapshot, other, 0644));
    {
        duck::Database database = testing::value_of(duck::Database::open(other, {}));
        duck::Connection connection = testing::value_of(database.connect());
        testing::expect_ok(connection.execute("UPDATE index_meta SET format = 2"));
    }
    index.snapshot = other;
    open({index});
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_NE(notes_[0].find("the tables have format 2, this program reads 4"), std::string::npos);
    EXPECT_EQ(runs(), Values{"new | event_log"});
}

// By column.
using Row = std::map<std::string, std::string>;

struct Store {
    std::string name;  // empty: the log
    std::optional<Day> cutover{};
    std::map<std::string, std::vector<Row>> tables{};

    const Row* find(const std::string& table, const std::string& run) const {
        for (const Row& row : tables.at(table)) {
            if (row.at("run_id") == run) return &row;
        }
        return nullptr;
    }
};

std::vector<Row> read_rows(duck::Connection& connection, const std::string& table) {
    duck::Rows rows = testing::value_of(connection.query("SELECT * FROM " + table));
    std::vector<Row> all;
    while (testing::value_of(rows.next())) {
        Row& row = all.emplace_back();
        for (std::size_t i = 0; i < rows.column_count(); ++i) {
            row[rows.column_name(i)] = rows.is_null(i) ? "" : rows.text(i);
        }
    }
    return all;
}

Store read_store(const std::string& snapshot, std::string name, std::optional<Day> cutover) {
    Store store{.name = std::move(name), .cutover = cutover};
    duck::Database database =
        testing::value_of(duck::Database::open(snapshot, {.read_only = true}));
    duck::Connection connection = testing::value_of(database.connect());
    for (const Table table : kTables) {
        const std::string table_name(spec(table).name);
        store.tables[table_name] = read_rows(connection, table_name);
    }
    return store;
}

std::pair<std::int64_t, std::string> stamp(const Row& row, const char* time, const char* id) {
    return {row.at(time).empty() ? INT64_MIN : std::stoll(row.at(time)), row.at(id)};
}

// The rule, as docs/formats/tables.md has it.
class Rule {
public:
    Rule(const Store& log, const std::vector<Store>& sources) : log_(log), sources_(sources) {}

    // Null: nobody has the run but the log.
    const Store* first_source(const std::string& run) const {
        for (const Store& source : sources_) {
            if (source.find("runs_status", run) != nullptr) return &source;
        }
        return nullptr;
    }
    bool is_only_described(const std::string& run) const {
        return log_.find("runs_status", run)->at("_active") == "false" &&
               log_.find("runs_d", run) == nullptr;
    }
    const Store& answering(const std::string& run) const {
        const Store* source = first_source(run);
        if (source == nullptr) return log_;
        if (log_.find("runs_status", run) == nullptr || is_only_described(run)) return *source;
        const Row* created = log_.find("runs_d", run);
        if (created == nullptr) created = source->find("runs_d", run);
        if (created == nullptr || !source->cutover) return log_;
        const TimestampMs time(std::stoll(created->at("created_at_ms")));
        return day_of(time) < *source->cutover ? *source : log_;
    }

    std::multiset<Row> rows(const std::string& table) const {
        std::multiset<Row> all;
        for (const Row& row : log_.tables.at(table)) {
            const std::string& run = row.at("run_id");
            const bool is_said = table == "run_tags" || table == "run_notes";
            if (run == "_ledger" || &answering(run) == &log_) {
                all.insert(row);
            } else if (is_said && !is_beaten(table, row)) {
                all.insert(row);
            }
        }
        for (const Store& source : sources_) {
            for (const Row& row : source.tables.at(table)) {
                const std::string& run = row.at("run_id");
                if (run == "_ledger" || &answering(run) != &source) continue;
                if (table == "run_tags" && beats_a_tag(row)) continue;
                all.insert(table == "runs_status" ? merged(row) : row);
            }
        }
        return all;
    }

private:
    // Whether a tag of the log is older than that of the source that answers for its run.
    bool is_beaten(const std::string& table, const Row& row) const {
        if (table != "run_tags") return false;
        for (const Row& other : answering(row.at("run_id")).tables.at(table)) {
            if (other.at("run_id") == row.at("run_id") && other.at("key") == row.at("key") &&
                stamp(other, "set_at_ms", "_event_id") > stamp(row, "set_at_ms", "_event_id")) {
                return true;
            }
        }
        return false;
    }
    // Whether the log has a tag that is not older than that of a source.
    bool beats_a_tag(const Row& row) const {
        for (const Row& own : log_.tables.at("run_tags")) {
            if (own.at("run_id") == row.at("run_id") && own.at("key") == row.at("key") &&
                stamp(own, "set_at_ms", "_event_id") >= stamp(row, "set_at_ms", "_event_id")) {
                return true;
            }
        }
        return false;
    }
    Row merged(Row row) const {
        const Row* own = log_.find("runs_status", row.at("run_id"));
        if (own == nullptr) return row;
        const auto take = [&](std::initializer_list<const char*> columns) {
            for (const char* column : columns) row[column] = own->at(column);
        };
        if (!own->at("_deleted_id").empty() &&
            stamp(*own, "_deleted_ms", "_deleted_id") > stamp(row, "_deleted_ms", "_deleted_id")) {
            take({"deleted", "_deleted_ms", "_deleted_id"});
        }
        if (!is_only_described(row.at("run_id"))) return row;
        if (!own->at("_environment_id").empty() &&
            stamp(*own, "_environment_ms", "_environment_id") >
                stamp(row, "_environment_ms", "_environment_id")) {
            take({"_environment", "_environment_ms", "_environment_id"});
        }
        if (std::stoll(own->at("last_event_ms")) > std::stoll(row.at("last_event_ms"))) {
            take({"last_event_ms"});
        }
        return row;
    }

    const Store& log_;
    const std::vector<Store>& sources_;
};

// Some runs are recorded in full, of some there is a word or two.
std::size_t some_lines(const testing::Pick& pick) { return pick(2) == 0 ? pick(6) : pick(60); }

void write_history(testing::HistoryLedger& ledger, const testing::Pick& pick,
                   const std::string& id_prefix) {
    testing::RandomHistory history(pick,
                                   {.runs = 6,
                                    .ms_between_times = static_cast<std::uint64_t>(kDayMs) / 2,
                                    .id_prefix = id_prefix,
                                    .conflict_in = 0});
    ledger.append(0, history.line());
    for (std::size_t i = some_lines(pick); i > 0; --i) ledger.append(pick(5), history.line());
}

// A log, of which some is in a snapshot, and one or two sources beside it.
void expect_union_by_the_rule(std::uint64_t seed) {
    SeededRandom random(seed);
    const testing::Pick pick = [&](std::uint64_t limit) { return random.next() % limit; };
    const testing::TempDir parent;
    testing::HistoryLedger log(parent.path() + "/");
    const bool has_snapshot = pick(2) == 0;
    write_history(log, pick, "l");
    if (has_snapshot) testing::value_of(build(log.root()));
    if (!has_snapshot || pick(2) == 0) write_history(log, pick, "m");

    std::vector<std::unique_ptr<testing::HistoryLedger>> ledgers;
    std::vector<ExtraIndex> indexes;
    std::vector<Store> sources;
    for (std::size_t i = 0; i <= pick(2); ++i) {
        ledgers.push_back(std::make_unique<testing::HistoryLedger>(parent.path() + "/"));
        write_history(*ledgers.back(), pick, fmt::format("s{}", i));
        const BuildReport built = testing::value_of(build(ledgers.back()->root()));
        ExtraIndex& index = indexes.emplace_back();
        index.name = fmt::format("source {}", i);
        index.snapshot = built.snapshot;
        if (pick(3) > 0) index.cutover = Day(static_cast<std::int32_t>(pick(5)));
        sources.push_back(read_store(index.snapshot, index.name, index.cutover));
    }
    const testing::TempDir elsewhere;
    const BuildReport whole =
        testing::value_of(build(log.root(), {.index_dir = elsewhere / "index"}));
    const Store alone = read_store(whole.snapshot, "", {});
    const Rule rule(alone, sources);

    Overlay overlay = testing::value_of(
        Overlay::open(log.root(), has_snapshot ? log.layout().snapshot_path() : "", {}));
    testing::expect_ok(overlay.attach_extras(indexes));
    EXPECT_EQ(overlay.extras().notes, Values());
    testing::expect_ok(overlay.apply());
    auto [database, connection] = std::move(overlay).release();
    for (const Table table : kTables) {
        const std::string name(spec(table).name);
        std::multiset<Row> found;
        for (Row& row : read_rows(connection, name)) {
            if (table == Table::kStatus) {
                EXPECT_EQ(row.at("_source"), rule.answering(row.at("run_id")).name);
                row.erase("_source");
            }
            found.insert(row);
        }
        EXPECT_EQ(found, rule.rows(name)) << name;
    }
}

TEST(ExtraTablesProperty, AnswersAreThoseOfTheRule) {
    constexpr std::uint64_t kHistories = 16;
    const std::uint64_t first = random_seed();
    for (std::uint64_t i = 0; i < kHistories; ++i) {
        SCOPED_TRACE(fmt::format("seed {}", first + i));
        expect_union_by_the_rule(first + i);
        if (::testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace daybook::index
