// One field list per type serves both CAF's inspect and Boost's serialize.
// A type opts in with a static member template
//   template <class Self, class Visit>
//   static decltype(auto) fields(Self& self, Visit&& visit) {
//     return visit(field{"first", self.first}, field{"count", self.count});
//   }
// It is not a reflection library: order and names of the list are the format.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/serialization/version.hpp>

#include <caf/sec.hpp>

namespace ganglion {

/// A name and a reference to the member that carries it.
template <class T>
struct field {
  std::string_view name;
  T& value;
  /// The first version of the type's archives that has it; the type says which
  /// is the newest as `archive_version`. Messages always have all fields.
  unsigned since = 0;
};

template <class T>
field(std::string_view, T&) -> field<T>;

template <class T>
field(std::string_view, T&, unsigned) -> field<T>;

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

/// A list that is loaded from bytes and takes no more memory than these allow,
/// whatever its length says: a text of one letter is 32 times its bytes.
template <class T>
struct bounded_list {
  std::vector<T>& items;
};

/// Memory for the items of a list, beyond twice the bytes that are left.
constexpr std::size_t list_allowance = std::size_t{1} << 20;

template <class Inspector, class T>
bool inspect(Inspector& f, bounded_list<T>& x) {
  std::size_t size = 0;
  if (!f.begin_sequence(size))
    return false;
  if (size > f.remaining()
      || size * sizeof(T) > 2 * f.remaining() + list_allowance) {
    f.emplace_error(caf::sec::end_of_stream);
    return false;
  }
  x.items.clear();
  x.items.resize(size);
  for (auto& item : x.items)
    if (!f.apply(item))
      return false;
  return f.end_sequence();
}

namespace detail {

/// Inspectors that load from bytes, and know how many are left.
template <class Inspector>
concept loads_bytes = Inspector::is_loading && requires(Inspector& f) {
  f.remaining();
};

template <class Inspector, class T>
auto view_of(field<T> x) {
  return x;
}

template <class T>
struct list_field {
  std::string_view name;
  bounded_list<T> value;
};

template <loads_bytes Inspector, class T>
  requires(!std::is_arithmetic_v<T>)
list_field<T> view_of(field<std::vector<T>> x) {
  return {x.name, {x.value}};
}

/// Whether what was loaded makes sense by itself, where a type can say so.
template <class Inspector, class T>
bool check_loaded(Inspector& f, const T& x) {
  if constexpr (Inspector::is_loading && requires { x.valid(); })
    if (!x.valid()) {
      f.emplace_error(caf::sec::invalid_argument);
      return false;
    }
  return true;
}

} // namespace detail

/// CAF's entry point, found by argument-dependent look-up.
template <class Inspector, has_fields T>
bool inspect(Inspector& f, T& x) {
  return T::fields(x, [&](auto... fs) {
    std::tuple views{detail::view_of<Inspector>(fs)...};
    auto load = [&](auto&... vs) {
      return f.object(x).fields(f.field(vs.name, vs.value)...);
    };
    return std::apply(load, views) && detail::check_loaded(f, x);
  });
}

} // namespace ganglion

namespace boost::serialization {

/// Boost's entry point: more constrained than Boost's own, hence preferred.
template <class Archive, class T>
  requires ganglion::has_fields<T>
void serialize(Archive& ar, T& x, const unsigned int version) {
  T::fields(x, [&](auto... fs) {
    ((fs.since <= version ? static_cast<void>(ar & fs.value) : void()), ...);
  });
}

/// Which version is written.
template <class T>
  requires requires {
    T::archive_version;
  }
struct version<T> {
  using type = mpl::int_<T::archive_version>;
  using tag = mpl::integral_c_tag;
  static constexpr int value = T::archive_version;
};

} // namespace boost::serialization
