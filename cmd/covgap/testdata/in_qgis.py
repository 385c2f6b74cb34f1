"""What QGIS makes of a covgap.gpkg: layers, renderers, counts by expression, and a map.

Usage: python3 in_qgis.py GPKG PNG. Prints one JSON object."""
import json
import os
import sys

from qgis.core import (QgsApplication, QgsFeatureRequest, QgsMapRendererSequentialJob, QgsMapSettings, QgsProject,
                       QgsProviderRegistry, QgsVectorLayer)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

app = QgsApplication([], False)
app.initQgis()
gpkg, png = sys.argv[1:3]


def count(layer, expression):
    request = QgsFeatureRequest().setFilterExpression(expression)
    return sum(1 for _ in layer.getFeatures(request))


found, shown = {}, []
for sub in QgsProviderRegistry.instance().querySublayers(gpkg):
    layer = QgsVectorLayer(sub.uri(), sub.name(), "ogr")
    entry = {"valid": layer.isValid(), "features": layer.featureCount()}
    if layer.isValid() and layer.isSpatial():
        renderer = layer.renderer()
        entry["renderer"] = renderer.type()
        entry["labels"] = layer.labelsEnabled()
        if renderer.type() == "categorizedSymbol":
            entry["categories"] = [c.value() for c in renderer.categories()]
        entry["rtree"] = layer.dataProvider().hasSpatialIndex() == 2  # present
        shown.append(layer)
    field = layer.fields().indexOf("class")
    if field >= 0:
        entry["weak"] = count(layer, "\"class\" = 'weak'")
        entry["none"] = count(layer, "\"class\" = 'none'")
        entry["alias"] = layer.attributeAlias(field)
    found[sub.name()] = entry
    QgsProject.instance().addMapLayer(layer)

settings = QgsMapSettings()
settings.setLayers(shown)
settings.setOutputSize(QSize(800, 600))
settings.setBackgroundColor(QColor("white"))
extent = QgsProject.instance().mapLayersByName("coverage")[0].extent()
extent.scale(1.05)
settings.setExtent(extent)
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
job.renderedImage().save(png)
print(json.dumps({"layers": found, "order": [layer.name() for layer in shown]}))
sys.stdout.flush()
os._exit(0)  # QGIS 3.22 crashes when Python tears it down
