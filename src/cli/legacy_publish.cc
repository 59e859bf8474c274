#include "cli/legacy_publish.h"

#include <optional>
#include <utility>

#include "base/clock.h"
#include "cli/index_session.h"
#include "cli/progress.h"
#include "index/builder.h"
#include "os/file.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

Status publish(const std::string& directory, Context& context) {
    const auto keep_on = [] { return !os::interrupted(); };
    ASSIGN_OR_RETURN(query::ExtraIndexes extra,
                     extra_source()->refresh(directory, {.keep_on = keep_on}));
    std::optional<Progress> progress;
    index::BuildOptions options{.extras = std::move(extra.indexes)};
    options.progress = [&](const index::BuildProgress& step) {
        if (!progress) {
            progress.emplace(context.error_style, system_clock(), "index", step.bytes_total);
        }
        progress->update(step.bytes_done);
        return keep_on();
    };
    const Result<index::BuildReport> report = index::build(directory, options);
    progress.reset();
    if (!report) return fail(report.error());
    for (const std::string& note : report->notes) report_note(note);
    return {};
}

}  // namespace

Status publish_attached(const std::string& directory, Context& context) {
    const std::string snapshot = index::IndexLayout(directory).snapshot_path();
    if (!os::exists(snapshot).value_or(false)) return {};
    if (has_daemon(directory)) {
        report_note(
            fmt::format("the daemon that is at work here brings {} up to date at its "
                        "interval",
                        snapshot));
        return {};
    }
    Status published = publish(directory, context);
    if (published || published.error().code() == ErrorCode::kCancelled) return published;
    report_note(fmt::format("{} is as it was, until 'daybook index' brings it up to date: {}",
                            snapshot, published.error().message()));
    return {};
}

}  // namespace daybook::cli
