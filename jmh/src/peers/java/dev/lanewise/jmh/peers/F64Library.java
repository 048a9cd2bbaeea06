package dev.lanewise.jmh.peers;

/** Who multiplies doubles. The report knows the names. */
public enum F64Library implements Library {
  LANEWISE(Ours::dgemm, true),
  LANEWISE_ARRAY(Ours::dgemmOnArrays, true),
  OPENBLAS(OpenBlas::dgemm, false),
  MKL(Mkl::dgemm, false),
  LIBTORCH(Libtorch::product, false),
  NETLIB(JavaPeers::netlibDgemm, true),
  EJML(JavaPeers::ejmlDgemm, true),
  OJALGO(JavaPeers::ojalgo, true),
  PEAK_FMA(PeakProduct::open, true);

  @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
  private final Opener opener;

  private final boolean java;

  F64Library(Opener opener, boolean java) {
    this.opener = opener;
    this.java = java;
  }

  @Override
  public Opener opener() {
    return opener;
  }

  @Override
  public boolean isJava() {
    return java;
  }
}
