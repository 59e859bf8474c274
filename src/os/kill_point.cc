#include "os/kill_point.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace daybook::os {
namespace {

struct Entry {
    KillPoint point;
    std::string_view name;
};

constexpr std::array kEntries = {
#define DAYBOOK_KILL_POINT_ENTRY(identifier, name) Entry{KillPoint::identifier, name},
    DAYBOOK_KILL_POINT_LIST(DAYBOOK_KILL_POINT_ENTRY)
#undef DAYBOOK_KILL_POINT_ENTRY
};

constexpr std::array<KillPoint, kEntries.size()> kPoints = [] {
    std::array<KillPoint, kEntries.size()> points{};
    for (std::size_t i = 0; i < points.size(); ++i) points[i] = kEntries[i].point;
    return points;
}();

}  // namespace

std::string_view to_string(KillPoint point) {
    return kEntries[static_cast<std::size_t>(point)].name;
}

std::span<const KillPoint> all_kill_points() { return kPoints; }

#ifdef DAYBOOK_KILL_POINTS

namespace {

// One of the two variables: a point's name, and at which passage it is due.
class Order {
public:
    explicit Order(const char* variable) : variable_(variable) { read(); }

    void read() {
        const char* const value = std::getenv(variable_);
        name_ = value == nullptr ? "" : value;
        due_ = 1;
        passages_ = 0;
        if (const std::size_t colon = name_.rfind(':'); colon != std::string::npos) {
            due_ = std::strtol(name_.c_str() + colon + 1, nullptr, 10);
            name_.resize(colon);
        }
    }
    bool is_due(std::string_view name) { return name == name_ && ++passages_ == due_; }

private:
    const char* variable_;
    std::string name_;
    long due_ = 1;
    std::atomic<long> passages_ = 0;
};

Order& kill_order() {
    static Order order("DAYBOOK_KILL_AT");
    return order;
}
Order& stop_order() {
    static Order order("DAYBOOK_STOP_AT");
    return order;
}

}  // namespace

void kill_point(KillPoint point) {
    const std::string_view name = to_string(point);
    if (kill_order().is_due(name)) (void)::kill(::getpid(), SIGKILL);
    if (stop_order().is_due(name)) (void)::kill(::getpid(), SIGSTOP);
}

void rearm_kill_points() {
    kill_order().read();
    stop_order().read();
}

#endif

}  // namespace daybook::os
