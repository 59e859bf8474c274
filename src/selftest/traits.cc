#include "selftest/traits.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "os/child.h"
#include "os/file.h"
#include "os/free_space.h"
#include "os/lock.h"
#include "selftest/worker.h"

namespace daybook::selftest {
namespace {

class Look {
public:
    explicit Look(const StageContext& context) : context_(context) {}

    Result<Traits> run() {
        ASSIGN_OR_RETURN(traits_.filesystem, os::filesystem_traits(context_.dir));
        ASSIGN_OR_RETURN(traits_.free_bytes, os::free_bytes(context_.dir));
        add_mount();
        RETURN_IF_ERROR(try_locks());
        RETURN_IF_ERROR(try_appending());
        RETURN_IF_ERROR(try_renaming());
        try_links();
        return std::move(traits_);
    }

private:
    void add(std::string name, std::string result, Verdict verdict = Verdict::kGood) {
        traits_.checks.push_back({.stage = "traits",
                                  .name = std::move(name),
                                  .result = std::move(result),
                                  .verdict = verdict});
    }

    void add_mount() {
        const os::FilesystemTraits& found = traits_.filesystem;
        add("file system", found.source.empty() ? found.type
                                                : fmt::format("{} on {} ({})", found.type,
                                                              found.source, found.options));
        if (found.network) {
            add("other machines",
                "a network file system: its locks cannot be trusted, and Daybook "
                "refuses it",
                Verdict::kBad);
        }
        if (found.not_durable.empty()) {
            add("power loss", "nothing speaks against it that synced bytes survive it");
        } else {
            add("power loss", found.not_durable + ": nothing survives it", Verdict::kNote);
        }
        traits_.checks.push_back({.stage = "traits",
                                  .name = "free space, MiB",
                                  .result = fmt::format("{} MiB", traits_.free_bytes >> 20),
                                  .value = static_cast<double>(traits_.free_bytes) / (1 << 20)});
    }

    // While this process holds the lock another must not get it, and afterwards it must.
    Status try_locks() {
        const std::string path = os::join_path(context_.dir, "lock");
        ASSIGN_OR_RETURN(os::UniqueFd fd, os::open_fd(path, O_RDWR | O_CREAT));
        const Result<bool> locked = os::try_lock(fd.get(), path);
        if (!locked) {
            add("locks", locked.error().message(), Verdict::kBad);
            return {};
        }
        ASSIGN_OR_RETURN(const LockSeen while_held, ask_another(path));
        fd.reset();
        ASSIGN_OR_RETURN(const LockSeen afterwards, ask_another(path));
        if (*locked && while_held == LockSeen::kHeld && afterwards == LockSeen::kFree) {
            add("locks", "hold between processes, and go with their holder");
        } else if (while_held == LockSeen::kFailed || afterwards == LockSeen::kFailed) {
            add("locks", "another process could not try: " + output(), Verdict::kBad);
        } else {
            add("locks",
                while_held == LockSeen::kFree
                    ? "do not hold: two processes had the same lock at once"
                    : "are not given back when their holder closes the file",
                Verdict::kBad);
        }
        return {};
    }

    Result<LockSeen> ask_another(const std::string& path) const {
        ASSIGN_OR_RETURN(
            os::Child child,
            os::Child::start(worker_command(context_.program, {.mode = "lock", .dir = path}),
                             output_path()));
        ASSIGN_OR_RETURN(const int code, child.wait());
        return lock_seen(code);
    }

    std::string output_path() const { return os::join_path(context_.dir, "output"); }
    std::string output() const {
        return os::read_file(output_path(), 4096).value_or("it said nothing");
    }

    // Two descriptors of one file, as two processes have them: each write must go to the end.
    Status try_appending() {
        const std::string path = os::join_path(context_.dir, "appended");
        std::string expected;
        ASSIGN_OR_RETURN(const os::UniqueFd one, os::open_fd(path, O_WRONLY | O_CREAT | O_APPEND));
        ASSIGN_OR_RETURN(const os::UniqueFd two, os::open_fd(path, O_WRONLY | O_APPEND));
        for (int i = 0; i < 100; ++i) {
            const std::string piece = fmt::format("{}\n", i);
            os::WriteOutcome written =
                os::write_all(i % 2 == 0 ? one.get() : two.get(), piece, path);
            if (written.error) return fail(std::move(*written.error));
            expected += piece;
        }
        ASSIGN_OR_RETURN(const std::string found, os::read_file(path, 1 << 20));
        const bool good = found == expected;
        add("appending",
            good ? "goes to the end of the file, whoever else appends"
                 : "overwrites what another descriptor has appended",
            good ? Verdict::kGood : Verdict::kBad);
        return {};
    }

    Status try_renaming() {
        const std::string path = os::join_path(context_.dir, "renamed");
        for (const char* content : {"old", "new"}) {
            const Status replaced = os::write_file_atomic(path, content);
            if (!replaced) {
                add("replacing a file", replaced.error().message(), Verdict::kBad);
                return {};
            }
        }
        ASSIGN_OR_RETURN(const std::string found, os::read_file(path, 100));
        const bool good = found == "new";
        add("replacing a file",
            good ? "by rename, with a sync of its directory: works" : "leaves the old one",
            good ? Verdict::kGood : Verdict::kBad);
        return {};
    }

    // Snapshots are published by a hard link; a reflink only makes the copy cheap.
    void try_links() {
        const std::string from = os::join_path(context_.dir, "renamed");
        const Status linked = os::hard_link(from, os::join_path(context_.dir, "linked"));
        add("hard links",
            linked ? "work"
                   : "are missing: `daybook index` cannot publish here (" +
                         linked.error().message() + ")",
            linked ? Verdict::kGood : Verdict::kNote);
        const Result<os::UniqueFd> source = os::open_fd(from, O_RDONLY);
        const Result<os::UniqueFd> target =
            os::open_fd(os::join_path(context_.dir, "cloned"), O_WRONLY | O_CREAT);
        const bool cloned =
            source && target && os::syscalls().clone(target->get(), source->get()) == 0;
        add("reflinks",
            cloned ? "work: copies of snapshots share their blocks"
                   : "none: snapshots are copied byte by byte",
            cloned ? Verdict::kGood : Verdict::kNote);
    }

    const StageContext& context_;
    Traits traits_;
};

}  // namespace

bool Traits::usable() const {
    return std::none_of(checks.begin(), checks.end(),
                        [](const Check& check) { return check.verdict == Verdict::kBad; });
}

Result<Traits> look_at_traits(const StageContext& context) { return Look(context).run(); }

}  // namespace daybook::selftest
