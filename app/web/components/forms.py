from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, EmailField, SelectField
from wtforms.fields import SelectChoice

from app.web.fields import LanguageField, PhoneField, SecretField, TextField, TimezoneField


class SampleForm(FlaskForm):
    number = PhoneField("Number")
    friendly_name = TextField("Friendly Name")
    email = EmailField("Email Address")
    api_key = SecretField("Outbound API Key")
    messaging_type = SelectField(
        "Messaging Type", choices=[SelectChoice("mms", "MMS & SMS"), SelectChoice("sms", "SMS")]
    )
    timezone = TimezoneField(default="America/New_York")
    language = LanguageField()
    picture = FileField("Logo")
    accent = TextField("Accent Colour")
    user_can_block = BooleanField("User Can Block Numbers", default=True)
    typed = TextField("Number to delete")
