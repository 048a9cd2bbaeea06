package dev.lanewise.jmh.peers;

/** Who multiplies floats. The report knows the names. */
public enum F32Library implements Library {
  LANEWISE(Ours::sgemm, true),
  LANEWISE_ARRAY(Ours::sgemmOnArrays, true),
  OPENBLAS(OpenBlas::sgemm, false),
  MKL(Mkl::sgemm, false),
  LIBTORCH(Libtorch::product, false),
  DNNL(Dnnl::sgemm, false),
  NETLIB(JavaPeers::netlibSgemm, true),
  EJML(JavaPeers::ejmlSgemm, true),
  OJALGO(JavaPeers::ojalgo, true),
  PEAK_FMA(PeakProduct::open, true);

  @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
  private final Opener opener;

  private final boolean java;

  F32Library(Opener opener, boolean java) {
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
