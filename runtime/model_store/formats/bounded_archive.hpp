// Boost's text archive for reading, hardened: it believes no length beyond what
// is left to read, where Boost's own allocates first. Reads what text_oarchive
// writes, and throws what text_iarchive throws. To be included in one place,
// since it brings the bodies of Boost's templates.
#pragma once

#include <istream>
#include <string>

#include <boost/archive/archive_exception.hpp>
#include <boost/archive/impl/basic_text_iarchive.ipp>
#include <boost/archive/impl/text_iarchive_impl.ipp>
#include <boost/archive/text_iarchive.hpp>
#include <boost/serialization/collection_size_type.hpp>

namespace ganglion {

class bounded_iarchive
  : public boost::archive::text_iarchive_impl<bounded_iarchive> {
public:
  explicit bounded_iarchive(std::istream& in) : super(in, 0) {
    init();
  }

  using super = boost::archive::text_iarchive_impl<bounded_iarchive>;

protected:
  friend class boost::archive::detail::interface_iarchive<bounded_iarchive>;
  friend class boost::archive::basic_text_iarchive<bounded_iarchive>;
  friend class boost::archive::load_access;

  using super::load;

  void load(std::string& x) {
    std::size_t size = 0;
    super::load(size);
    is.get(); // the space before the characters
    check(size);
    x.resize(size);
    is.read(x.data(), static_cast<std::streamsize>(size));
  }

  void load(boost::serialization::collection_size_type& x) {
    std::size_t size = 0;
    super::load(size);
    check(size); // each element takes a character at least
    x = size;
  }

private:
  void check(std::size_t size) {
    using boost::archive::archive_exception;
    if (is.good() && size <= static_cast<std::size_t>(is.rdbuf()->in_avail()))
      return;
    throw archive_exception(archive_exception::input_stream_error);
  }
};

} // namespace ganglion
