// An index/ that is not as a builder left it: garbage, cut short, of another format, in the way of
// itself, or where nobody may write.  The next build comes to the right digest, or says why not.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "index/check.h"
#include "index/growing_ledger.h"
#include "query/fresh.h"

namespace daybook::testing {
namespace {

namespace fs = std::filesystem;

class Obstructed : public ::testing::Test {
protected:
    Obstructed() {
        for (int i = 0; i < 8; ++i) ledger_.add_run();
        build();
        ledger_.add_run();
        build();
        right_ = ledger_.clean_digest();
    }

    index::BuildReport build() { return value_of(index::build(ledger_.root())); }

    // That the next build mends all.
    void expect_mended() {
        EXPECT_EQ(build().digest, right_);
        EXPECT_EQ(ledger_.snapshot_digest(), right_);
    }
    // That nothing is wrong below the digest either.
    ~Obstructed() override {
        const auto report = index::check(ledger_.root());
        EXPECT_TRUE(report && report->is_equal())
            << (report ? std::string("the check has found a difference")
                       : report.error().message());
    }

    std::string index_path(const std::string& name) const {
        return ledger_.layout().index_dir() + "/" + name;
    }
    // The files of the index that hold tables; runs.duckdb is a name of the second generation.
    static std::vector<std::string> databases() {
        return {"runs.duckdb", "gen-000002.duckdb", "gen-000001.duckdb", "work/index.duckdb"};
    }
    // Replaces a file, as somebody would who moves another there: the bytes of other names stay.
    void put(const std::string& name, const std::string& bytes) {
        fs::remove(index_path(name));
        std::ofstream(index_path(name), std::ios::binary) << bytes;
    }
    std::string bytes_of(const std::string& name) const {
        return value_of(os::read_file(index_path(name), std::size_t{1} << 30));
    }

    GrowingLedger ledger_;
    std::string right_;
};

TEST_F(Obstructed, GarbageOfAnySizeInThePlaceOfAnyFileIsMended) {
    const std::string head = bytes_of("work/index.duckdb").substr(0, 3 * 4096);
    const std::vector<std::string> kinds = {"", "garbage", std::string(5'000, 'g'),
                                            std::string(300'000, '\0'),
                                            // A head that is sound, and no table behind it.
                                            head, head + std::string(300'000, 'g')};
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        // The snapshot, the newest generation, all but it, and all.
        for (const unsigned which : {0b0001U, 0b0010U, 0b1100U, 0b1111U}) {
            SCOPED_TRACE(fmt::format("kind {} in files {:b}", kind, which));
            for (std::size_t i = 0; i < 4; ++i) {
                if (((which >> i) & 1) != 0) put(databases()[i], kinds[kind]);
            }
            expect_mended();
        }
    }
}

// A block that is gone is noticed when it is needed, and no sooner: until then a check sees it.
TEST_F(Obstructed, FilesThatAreCutShortAreMendedOrAtLeastFound) {
    const std::string whole = bytes_of("work/index.duckdb");
    for (const bool all : {false, true}) {
        for (std::size_t eighth = 0; eighth < 8; ++eighth) {
            SCOPED_TRACE(fmt::format("{} eighths, {}", eighth, all ? "all" : "work"));
            const std::string cut = whole.substr(0, whole.size() * eighth / 8);
            put("work/index.duckdb", cut);
            for (const auto& generation : value_of(index::list_generations(ledger_.layout()))) {
                if (!all) continue;
                const std::string path = ledger_.layout().generation_path(generation);
                put(fs::path(path).filename(), cut);
            }
            if (all) put("runs.duckdb", cut);
            EXPECT_EQ(build().digest, right_);
            const auto report = index::check(ledger_.root());
            if (report && report->is_equal()) continue;
            if (!report) {
                EXPECT_NE(report.error().code(), ErrorCode::kInternal) << report.error().message();
            }
            value_of(index::build(ledger_.root(), {.full_rebuild = true}));
            expect_mended();
        }
    }
}

TEST_F(Obstructed, TablesOfAnOlderOrANewerFormatAreMadeAgainAndThatIsSaid) {
    for (const char* change :
         {"UPDATE index_meta SET format = 0", "UPDATE index_meta SET format = 99",
          "UPDATE index_meta SET builder_version = 'fold 0'", "DELETE FROM index_meta",
          "ALTER TABLE index_meta DROP COLUMN upcasters", "DROP TABLE index_meta"}) {
        SCOPED_TRACE(change);
        std::vector<std::string> paths = {ledger_.layout().work_path()};
        for (const auto& generation : value_of(index::list_generations(ledger_.layout()))) {
            paths.push_back(ledger_.layout().generation_path(generation));
        }
        for (const std::string& path : paths) {
            fs::permissions(path, fs::perms::owner_all);
            duck::Database database = value_of(duck::Database::open(path));
            expect_ok(value_of(database.connect()).execute(change));
        }
        ledger_.add_run();
        right_ = ledger_.clean_digest();
        const index::BuildReport report = build();
        EXPECT_NE(report.rebuilt, "");
        EXPECT_EQ(report.digest, right_);
        expect_mended();
    }
}

TEST_F(Obstructed, AFileOfANewerDuckDbIsMadeAgain) {
    // The version of the storage stands behind the magic.
    for (const std::string& name : databases()) {
        std::string bytes = bytes_of(name);
        bytes[12] = '\x7f';
        bytes[13] = '\x7f';
        put(name, bytes);
    }
    const index::BuildReport report = build();
    EXPECT_NE(report.rebuilt, "");
    expect_mended();
}

TEST_F(Obstructed, WhatIsInTheWayOfTheIndexIsMovedAside) {
    for (const char* directory : {"", "work", "work/spill"}) {
        SCOPED_TRACE(directory);
        fs::remove_all(index_path(directory));
        std::string path = index_path(directory);
        if (path.ends_with('/')) path.pop_back();
        std::ofstream(path) << "mine";
        expect_mended();
    }
    for (const char* file : {"runs.duckdb", "writer.lock", "work/index.duckdb"}) {
        SCOPED_TRACE(file);
        fs::remove(index_path(file));
        fs::create_directories(index_path(file) + "/deep");
        expect_mended();
    }
    std::size_t kept = 0;
    for (const auto& entry : fs::directory_iterator(ledger_.root() + "/quarantine")) {
        if (fs::exists(entry.path())) ++kept;
    }
    EXPECT_EQ(kept, 6U);
}

// Runs `work` in a child that root's privileges do not help, as owner of the ledger.
int as_owner_without_privileges(const std::string& root, const std::function<int()>& work) {
    constexpr uid_t kNobody = 65534;
    const bool is_root = ::geteuid() == 0;
    if (is_root) {
        EXPECT_EQ(::chown(root.c_str(), kNobody, kNobody), 0);
        for (const auto& entry : fs::recursive_directory_iterator(root)) {
            EXPECT_EQ(::lchown(entry.path().c_str(), kNobody, kNobody), 0);
        }
    }
    const pid_t child = ::fork();
    if (child == 0) {
        if (is_root && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(99);
        ::_exit(work());
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(Obstructed, WhereNobodyMayWriteAllIsAnsweredAndTheBuilderSaysWhy) {
    const std::string published = ledger_.snapshot_digest();
    ledger_.add_run();
    ledger_.add_run();
    right_ = ledger_.clean_digest();
    const std::vector<std::vector<std::string>> places = {
        {"."}, {"work"}, {".", "work"}, {".", "work", "writer.lock", "work/index.duckdb"}};
    for (const auto& read_only : places) {
        SCOPED_TRACE(read_only.back());
        const auto set_mode = [&](bool may_write) {
            for (const std::string& name : read_only) {
                const bool is_directory = fs::is_directory(index_path(name));
                const mode_t mode = (is_directory ? 0555U : 0444U) | (may_write ? 0200U : 0U);
                EXPECT_EQ(::chmod(index_path(name).c_str(), mode), 0);
            }
        };
        const int code = as_owner_without_privileges(ledger_.root(), [&] {
            set_mode(false);
            const auto report = index::build(ledger_.root());
            if (report) return 1;
            if (report.error().code() != ErrorCode::kPermissionDenied) return 2;
            if (report.error().message().find(ledger_.root()) == std::string::npos) return 3;
            auto fresh = query::open_fresh(ledger_.root());
            if (!fresh) return 4;
            auto runs = fresh->session.query("SELECT count(*) FROM runs_status");
            if (!runs || !*runs->next()) return 5;
            if (runs->get_int64(0) != ledger_.runs()) return 6;
            // A check needs no more than a place below $TMPDIR.
            const auto checked = index::check(ledger_.root());
            if (!checked) fmt::print(stderr, "{}\n", checked.error().message());
            if (!checked || !checked->is_equal()) return 7;
            set_mode(true);
            return 0;
        });
        EXPECT_EQ(code, 0);
        set_mode(true);
        EXPECT_EQ(ledger_.snapshot_digest(), published);
    }
    expect_mended();
}

}  // namespace
}  // namespace daybook::testing
