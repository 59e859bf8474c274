// A shared library with a writer of its own inside, as a plug-in or an extension module would have.

#include <memory>
#include <span>
#include <string>

#include "log/writer.h"

namespace daybook {
namespace {

class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

std::unique_ptr<log::Writer> writer;

}  // namespace
}  // namespace daybook

extern "C" {

__attribute__((visibility("default"))) bool loadable_open(const char* directory) {
    auto opened = daybook::log::Writer::open(daybook::log::Layout(directory));
    if (opened) daybook::writer = std::move(*opened);
    return opened.has_value();
}

__attribute__((visibility("default"))) bool loadable_append(const char* id) {
    std::string text = std::string(R"({"event_type":"t","event_id":")") + id + '"';
    const daybook::log::Draft draft{.text = std::span(text), .timestamp = std::nullopt};
    daybook::NoStamp stamper;
    return daybook::writer->append({&draft, 1}, daybook::Durability::kProcess, stamper).accepted ==
           1;
}

__attribute__((visibility("default"))) void loadable_close() { daybook::writer.reset(); }
}
