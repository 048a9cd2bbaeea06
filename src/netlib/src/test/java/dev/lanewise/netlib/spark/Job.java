package dev.lanewise.netlib.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.classification.MultilayerPerceptronClassifier;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.feature.PCA;
import org.apache.spark.ml.linalg.DenseMatrix;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.ml.recommendation.ALSModel;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What MLlib trains, each to the numbers of its model; a routine it must call on the way; and how
 * far two trainings may be apart, relative to the largest number. ALS keeps its factors in single
 * precision between its steps, so what differs in the last bit of a double differs by 2^-24 there.
 */
enum Job {
  ALS_FACTORS("dspr", 1e-6),
  PCA_COMPONENTS("dspr", 1e-9),
  KMEANS_CENTERS("daxpy", 1e-9),
  LOGISTIC_REGRESSION("dgemv", 1e-9),
  LINEAR_REGRESSION("dspr", 1e-9),
  MULTILAYER_PERCEPTRON("dgemm", 1e-9);

  /** How much is trained on. */
  enum Size {
    /** For tests: some seconds for all jobs. */
    SMALL(300, 24, 16, 40, 4),

    /** For times: the products are large enough to count. */
    LARGE(8000, 400, 512, 1000, 64),

    /** Images of 28 x 28 and a hidden layer of their size and more. */
    WIDE(8000, 784, 1024, 1000, 128);

    /** Points, labelled with classes in turn. */
    private final int rows;

    /** Coordinates of a point. */
    private final int features;

    /** Width of the hidden layer of the perceptron. */
    private final int hidden;

    /** People who rate, and 3/4 as many items. */
    private final int users;

    /** Factors of a person. */
    private final int rank;

    Size(int rows, int features, int hidden, int users, int rank) {
      this.rows = rows;
      this.features = features;
      this.hidden = hidden;
      this.users = users;
      this.rank = rank;
    }
  }

  private static final int CLASSES = 3;

  final String routine;
  final double tolerance;

  Job(String routine, double tolerance) {
    this.routine = routine;
    this.tolerance = tolerance;
  }

  /** The numbers of the trained model. */
  double[] train(SparkSession spark, Size size) {
    return switch (this) {
      case ALS_FACTORS -> als(spark, size);
      case PCA_COMPONENTS -> pca(spark, size);
      case KMEANS_CENTERS -> kmeans(spark, size);
      case LOGISTIC_REGRESSION -> logisticRegression(spark, size);
      case LINEAR_REGRESSION -> linearRegression(spark, size);
      case MULTILAYER_PERCEPTRON -> perceptron(spark, size);
    };
  }

  /** Points around one centre per class, and a linear target. */
  private static Dataset<Row> points(SparkSession spark, Size size) {
    Random random = new Random(42);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < size.rows; i++) {
      int label = i % CLASSES;
      double[] features = new double[size.features];
      double target = 0.1 * random.nextGaussian();
      for (int j = 0; j < size.features; j++) {
        features[j] = random.nextGaussian() + (j % CLASSES == label ? 1.5 : 0);
        target += features[j] * (j - 10) / size.features;
      }
      rows.add(RowFactory.create((double) label, target, Vectors.dense(features)));
    }
    return spark
        .createDataFrame(
            rows,
            new StructType(
                new StructField[] {
                  column("label", DataTypes.DoubleType),
                  column("target", DataTypes.DoubleType),
                  column("features", SQLDataTypes.VectorType()),
                }))
        .repartition(2);
  }

  private static StructField column(String name, DataType type) {
    return new StructField(name, type, false, Metadata.empty());
  }

  private static double[] als(SparkSession spark, Size size) {
    Random random = new Random(3);
    List<Row> ratings = new ArrayList<>();
    for (int user = 0; user < size.users; user++) {
      for (int item = 0; item < size.users * 3 / 4; item++) {
        if (random.nextInt(3) > 0) {
          float rating = (float) (1 + Math.sin(user * 0.3) * Math.cos(item * 0.2) * 2 + 2);
          ratings.add(RowFactory.create(user, item, rating));
        }
      }
    }
    Dataset<Row> data =
        spark.createDataFrame(
            ratings,
            new StructType(
                new StructField[] {
                  column("user", DataTypes.IntegerType),
                  column("item", DataTypes.IntegerType),
                  column("rating", DataTypes.FloatType),
                }));
    ALSModel model =
        new ALS()
            .setRank(size.rank)
            .setMaxIter(3)
            .setRegParam(0.3)
            .setNumBlocks(1)
            .setSeed(5)
            .fit(data);
    List<Row> factors = model.userFactors().orderBy("id").collectAsList();
    return factors.stream()
        .flatMap(row -> row.<Float>getList(1).stream())
        .mapToDouble(Float::doubleValue)
        .toArray();
  }

  private static double[] pca(SparkSession spark, Size size) {
    DenseMatrix components =
        new PCA().setInputCol("features").setOutputCol("pca").setK(3).fit(points(spark, size)).pc();
    return components.toArray();
  }

  private static double[] kmeans(SparkSession spark, Size size) {
    KMeansModel model =
        new KMeans().setK(CLASSES).setSeed(1).setMaxIter(5).fit(points(spark, size));
    return Arrays.stream(model.clusterCenters())
        .map(Vector::toArray)
        .flatMapToDouble(DoubleStream::of)
        .toArray();
  }

  private static double[] logisticRegression(SparkSession spark, Size size) {
    LogisticRegressionModel model =
        new LogisticRegression()
            .setRegParam(0.1)
            .setMaxIter(100)
            .setTol(1e-12)
            .fit(points(spark, size));
    return model.coefficientMatrix().toArray();
  }

  private static double[] linearRegression(SparkSession spark, Size size) {
    LinearRegressionModel model =
        new LinearRegression().setLabelCol("target").setSolver("normal").fit(points(spark, size));
    return model.coefficients().toArray();
  }

  private static double[] perceptron(SparkSession spark, Size size) {
    return new MultilayerPerceptronClassifier()
        .setLayers(new int[] {size.features, size.hidden, CLASSES})
        .setSeed(11)
        .setMaxIter(15)
        .fit(points(spark, size))
        .weights()
        .toArray();
  }
}
