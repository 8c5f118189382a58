"""What stands round a text: the fixed sentences and labels of an invented outlet, by language.

None of them touches on any subject, so that no topic's rules read anything into them. ``{name}`` is the
outlet's name.
"""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ar", "he", "fr"]


@dataclass(frozen=True, slots=True)
class Furniture:
    """One language's sentences (the first four belong to texts) and labels (the rest belong to pages)."""

    dateline: str
    about: str
    newsletter: str
    read_more: str
    sections: tuple[str, ...]
    desk: str
    updated: str
    related: str
    colophon: tuple[str, ...]
    moved: tuple[str, str]  # heading and sentence of the web page that stands where a feed was
    unfinished: str  # title of the item in which a broken feed ends
    is_right_to_left: bool = False

    @property
    def direction(self) -> str:
        """The value of HTML's ``dir``."""
        return "rtl" if self.is_right_to_left else "ltr"


FURNITURE: dict[Language, Furniture] = {
    "en": Furniture(
        dateline="Compiled from items received in the newsroom.",
        about="{name} appears on working days and has subscribers in four towns. It was founded by local "
        "printers, and its staff occupy two floors above a bookbinder's workshop.",
        newsletter="Readers who register on the subscription page receive a daily digest by electronic mail.",
        read_more="The rest of this article is printed in the full edition.",
        sections=("World", "Region", "Business", "Sport", "Culture", "Weather"),
        desk="World desk",
        updated="Updated",
        related="Also in this edition",
        colophon=("{name} is an invented outlet in a software demonstration.", "Contact", "Privacy", "Subscriptions"),
        moved=("This page has moved", "The address that you followed is no longer in use. The new one is on the front page."),
        unfinished="Opening hours of the reading room",
    ),
    "fr": Furniture(
        dateline="Rédigé à partir de dépêches reçues par la rédaction.",
        about="{name} paraît les jours ouvrables et compte des abonnés dans quatre villes. Le journal a été "
        "fondé par des imprimeurs locaux, et sa rédaction occupe deux étages au-dessus d'un atelier de "
        "reliure.",
        newsletter="Les lecteurs inscrits sur la page des abonnements reçoivent chaque jour un résumé par courriel.",
        read_more="La suite de cet article est imprimée dans l'édition complète.",
        sections=("Monde", "Région", "Économie", "Sport", "Culture", "Météo"),
        desk="Service Monde",
        updated="Mis à jour",
        related="Aussi dans cette édition",
        colophon=("{name} est un titre inventé pour une démonstration de logiciel.", "Contact", "Vie privée", "Abonnements"),
        moved=("Cette page a changé d'adresse", "L'adresse suivie n'est plus utilisée. La nouvelle figure en page d'accueil."),
        unfinished="Horaires de la salle de lecture",
    ),
    "ar": Furniture(
        dateline="أُعد من مواد وصلت إلى غرفة الأخبار.",
        about="تصدر {name} في أيام العمل ولها مشتركون في أربع مدن. أسسها أصحاب مطابع محلية، ويشغل موظفوها "
        "طابقين فوق ورشة لتجليد الكتب.",
        newsletter="يتلقى القراء المسجلون في صفحة الاشتراكات موجزا يوميا بالبريد الإلكتروني.",
        read_more="تتمة هذا المقال مطبوعة في النسخة الكاملة.",
        sections=("العالم", "المنطقة", "الاقتصاد", "الرياضة", "الثقافة", "الطقس"),
        desk="قسم الشؤون الدولية",
        updated="آخر تحديث",
        related="في هذا العدد أيضا",
        colophon=("{name} اسم مختلق في تجربة لبرنامج حاسوب.", "اتصل بنا", "الخصوصية", "الاشتراكات"),
        moved=("انتقلت هذه الصفحة", "العنوان الذي اتبعته لم يعد مستخدما. العنوان الجديد موجود في الصفحة الأولى."),
        unfinished="أوقات فتح قاعة القراءة",
        is_right_to_left=True,
    ),
    "he": Furniture(
        dateline="נערך מידיעות שהגיעו למערכת.",
        about="{name} יוצא לאור בימי חול ויש לו מנויים בארבע ערים. ייסדו אותו דפסים מקומיים, ועובדיו יושבים "
        "בשתי קומות מעל סדנה לכריכת ספרים.",
        newsletter="קוראים שנרשמו בעמוד המנויים מקבלים תקציר יומי בדואר האלקטרוני.",
        read_more="המשך הכתבה מודפס במהדורה המלאה.",
        sections=("עולם", "אזור", "כלכלה", "ספורט", "תרבות", "מזג אוויר"),
        desk="דסק חוץ",
        updated="עודכן",
        related="עוד בגיליון זה",
        colophon=("{name} הוא שם בדוי בהדגמה של תוכנה.", "צור קשר", "פרטיות", "מנויים"),
        moved=("העמוד עבר למקום אחר", "הכתובת שאליה פנית אינה בשימוש עוד. הכתובת החדשה מופיעה בעמוד הראשי."),
        unfinished="שעות הפתיחה של אולם הקריאה",
        is_right_to_left=True,
    ),
}
