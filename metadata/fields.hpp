// One field list per type serves both CAF's inspect and Boost's serialize.
// A type opts in with a static member template
//   template <class Self, class Visit>
//   static decltype(auto) fields(Self& self, Visit&& visit) {
//     return visit(field{"first", self.first}, field{"count", self.count});
//   }
// It is not a reflection library: order and names of the list are the format.
#pragma once

#include <string_view>
#include <utility>

namespace ganglion {

/// A name and a reference to the member that carries it.
template <class T>
struct field {
  std::string_view name;
  T& value;
};

template <class T>
field(std::string_view, T&) -> field<T>;

namespace detail {

struct count_fields {
  template <class... Ts>
  constexpr int operator()(field<Ts>...) const {
    return static_cast<int>(sizeof...(Ts));
  }
};

} // namespace detail

/// Types that list their fields.
template <class T>
concept has_fields = requires(T& x) {
  T::fields(x, detail::count_fields{});
};

/// CAF's entry point, found by argument-dependent look-up.
template <class Inspector, has_fields T>
bool inspect(Inspector& f, T& x) {
  return T::fields(x, [&](auto... fs) {
    return f.object(x).fields(f.field(fs.name, fs.value)...);
  });
}

} // namespace ganglion

namespace boost::serialization {

/// Boost's entry point: more constrained than Boost's own, hence preferred.
template <class Archive, class T>
  requires ganglion::has_fields<T>
void serialize(Archive& ar, T& x, const unsigned int /*version*/) {
  T::fields(x, [&](auto... fs) { ((ar & fs.value), ...); });
}

} // namespace boost::serialization
